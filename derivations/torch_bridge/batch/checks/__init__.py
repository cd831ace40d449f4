"""Do inputs, operands, options and the incoming vector fit each other, as torch sees it? Sentences where not."""
