"""The MkDocs plugin: bilingual lessons become pages and notebooks. Nothing else imports it."""
