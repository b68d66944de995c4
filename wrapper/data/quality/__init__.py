"""What is wrong with rows as data: the rules, how rows are compared, and the audit that applies all of them."""
