"""Customers, subscriptions and offers from files, and back into files.

``runs`` is what pages and jobs call. A file is read (``reading``) into lines, a line by what its columns mean
(``columns``, ``mapping``) into values (``values``), and compared with what is on record (``kinds``). What comes of it is
the same function of file, mapping and database for the preview and for the writing: only what was previewed is written.
"""
