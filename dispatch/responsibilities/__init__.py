"""Who answers where: rows that routing asks before its rules, and their pages."""
