"""The page on which a partner's manager sees how the desk is doing: pictures, each with the numbers behind it."""
