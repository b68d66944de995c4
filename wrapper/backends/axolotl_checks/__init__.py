"""What can be wrong in an Axolotl config, seen without Axolotl: values, keys, old names, keys at odds."""
