"""The Python that lessons run in. `process` starts it by itself, so nothing else of this project is loaded here.

It imports what lessons import, uses none of it, and forks for each lesson. So every lesson has a process of its own, in
which all is as it was just after the imports, and pays for no import. What a lesson changes ends with its process, and
so does what it leaves running or in the temporary folder. When the build ends, however it ends, standard input does
too, and then this process kills the lesson that runs, and goes.

Where a process cannot be forked, or not safely, it runs one lesson itself and ends. So would a Jupyter kernel for each
lesson: all lessons then take more than three times as long.
"""
