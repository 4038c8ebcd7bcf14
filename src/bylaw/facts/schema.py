"""Shape of the facts of one file: plain tuples that ``marshal`` can hold.

Facts say what one file says and nothing about any other file: import specifiers stay raw, names
stay unresolved. A *path* is a string that tells how a value is reached, for the linker to evaluate:

======================  =====================================================================
``name``                a name of the module (or a builtin)
``~level|a/b|attr``     something imported inside a function (dots written as ``/``)
``#3`` ``%2`` ``$2``    the file's function 3, class 2, an instance of class 2
``&2``                  ``super()`` inside class 2
``=name``               a parameter without annotation
``.attr`` ``()``        attribute, result of calling
``[]`` ``*`` ``+``      element by subscript, element by iteration, what entering a ``with`` gives
``!``                   an instance of the annotation before it
======================  =====================================================================

An annotation path that starts with ``[`` is a container of what follows.
"""

from __future__ import annotations

FACTS_VERSION = 37
"""Raised whenever the extractor or these shapes change: part of every cache key."""

# --- file -------------------------------------------------------------------------------------
(
    IMPORTS, BINDINGS, FUNCTIONS, CLASSES, SITUATIONS, COMMENTS, STARS, FILE_FLAGS, DECLARED,
    LITERALS,
) = range(10)  # fmt: skip

# FILE_FLAGS
HAS_MAIN_GUARD = 1
HAS_TESTS = 2
HAS_SHEBANG = 4
ENDS_WITH_STATUS = 8
"""Its last statement may leave the process: what is imported has no exit status."""

# --- literal: a secret (its digest), an address or a database, see ``bylaw.facts.literals`` ---
(Q_KIND, Q_LINE, Q_COL, Q_END, Q_TEXT, Q_NAME, Q_CALL_LINE, Q_CALL_COL) = range(8)

# --- import: one per imported name ------------------------------------------------------------
(I_LEVEL, I_MODULE, I_NAME, I_ALIAS, I_LINE, I_COL, I_END, I_SITUATION, I_FUNCTION) = range(9)
"""``I_NAME`` is empty for ``import a.b``, ``*`` for all names; ``I_FUNCTION`` 0 is the module."""

# --- module-level binding ---------------------------------------------------------------------
(B_NAME, B_KIND, B_VALUE, B_ANNOTATION, B_SHAPE, B_LINE, B_SITUATION) = range(7)
"""``B_KIND``: ``i`` import index, ``f`` function index, ``c`` class index, ``v`` path or None.

``B_SHAPE`` of a ``v``: ``list dict set tuple const call other alias none``. A string constant
stands in ``B_ANNOTATION`` as ``'text``, a truth value as ``:True``.
"""

# --- function: index 0 is the module body -----------------------------------------------------
(
    F_NAME,
    F_LINE,
    F_COL,
    F_END,
    F_FLAGS,
    F_CLASS,
    F_PARENT,
    F_PARAMS,
    F_RETURNS,
    F_VALUES,
    F_DECORATORS,
    F_CALLS,
    F_LOADS,
    F_RAISES,
    F_WRITES,
    F_HANDLERS,
    F_UNKNOWN,
    F_ASSERTS,
    F_HANDED,
    F_ASKED,
    F_GUARDS,
) = range(21)
"""``F_UNKNOWN`` counts the calls whose callee no path can name; ``F_ASSERTS`` holds line, last line
and, of each ``assert``, whether it asks a mock how it was called; ``F_ASKED`` what conditions ask
of objects; ``F_GUARDS`` the lines that run only for some values of a parameter."""

ASYNC = 1
GENERATOR = 2
PROPERTY = 4
STATIC = 8
CLASSMETHOD = 16
ABSTRACT = 32
LAMBDA = 64
EMPTY = 128
"""The body is only a docstring, ``...``, ``pass`` or ``raise NotImplementedError``."""
NESTED = 256
UNTYPED_KEYWORDS = 512
"""It takes ``**kwargs`` without an annotation."""
RETURNS_DICT = 1024
"""Annotated to return a mapping of nobody knows what, or several of them."""
RETURNS_ANY_DICT = 2048
RETURNS_TUPLE = 4096
"""Annotated to return a tuple of fields that have no names."""
SETS_SELF = 8192
"""It assigns to an attribute of its own object."""
BRANCHING = 16384
"""It has an ``if`` or a loop of its own."""

# --- call -------------------------------------------------------------------------------------
(C_PATH, C_LINE, C_COL, C_END, C_FLAGS, C_SITUATION, C_ARGS, C_ANCHOR) = range(8)
"""``C_ANCHOR`` is ``(line, column, end_line)`` of the statement, given only outside functions."""

AWAITED = 1
ARGUMENT = 2
DISCARDED = 4
TESTED = 8
DECORATOR = 16
ENTERED = 32
DECIDES = 64
"""A time or a draw that is compared or tested, here or by way of a local name."""
RETURNED = 128
"""A time or a draw that the function hands back."""
TEXT = 256
"""One of the pieces of a joined text."""
SHIFTED = 512
"""A time that something is added to or taken from."""
BRACKETED = 1024
"""A time read before or after, and compared with what happened in between."""
LOOSE = 2048
"""A time that a duration is measured by, and that is compared with seconds."""
LOOPED = 8192
"""A time that is compared in a loop after the reading, as often as there is something."""
HANDED_BACK = 4096
"""Its result is what the function returns, as it is."""

# --- load, raise, write -----------------------------------------------------------------------
(L_PATH, L_LINE, L_COL, L_END, L_KEY, L_SITUATION, L_ANCHOR) = range(7)
(R_PATH, R_LINE, R_COL, R_END, R_SITUATION, R_ANCHOR, R_GUARD) = range(7)
(W_PATH, W_OP, W_LINE, W_COL, W_END, W_SITUATION, W_LAZY) = range(7)
"""``W_OP``: ``item attribute rebind delete``; ``W_LAZY`` is one of the four below.

``environment`` sets a variable of this process or of a child; its path is ``=NAME``, or that of the
constant that holds the name.
"""

# --- asked: an attribute that decides which branch is taken, other than by being None -----------
(Q_PATH, Q_LINE, Q_COL, Q_END) = range(4)

(EVERY_TIME, FILLED_ONCE, EMPTIED, CLEARED) = range(4)
"""``FILLED_ONCE``: where the name was found empty; ``EMPTIED``: set to None after a test;
``CLEARED``: set to None or False without one."""

# --- guard: lines that run only where a parameter has, or has not, a value -----------------------
(U_NAME, U_HOLDS, U_VALUE, U_FIRST, U_LAST) = range(5)
"""``U_VALUE`` is an encoded constant the parameter is compared with, empty where its truth is
asked, and ``(test`` where ``test(parameter)`` is; ``U_HOLDS`` whether the lines need that to hold;
``U_LAST`` 0 is the end of the function."""

# R_GUARD: what decides whether a ``raise`` is reached
(RAISED_ALWAYS, RAISED_FOR_ARGUMENTS, RAISED_FOR_STATE) = range(3)

# --- except handler ---------------------------------------------------------------------------
(H_TYPES, H_LINE, H_COL, H_END, H_FLAGS, H_TRY_LINE) = range(6)
H_RAISES = 1
H_USES = 2
"""The exception or computed work flows on: stored, passed on, returned, handled by a call."""
H_RETURNS_CONSTANT = 4
H_LOGS = 8
H_GUARDS_IMPORT = 16
"""The ``try`` body only imports: the handler is the fallback of an optional dependency."""
H_TRY_RETURNS = 64
"""The ``try`` body ends by returning: what follows the ``try`` runs only where it failed."""
H_TESTED = 32
"""A name that holds a constant where it failed is tested later: told apart on the spot."""
H_SUPERVISES = 128
"""It logs, in a loop that runs until it is stopped and pauses on every round."""
H_SUPPRESSES = 256
"""No handler but ``with suppress(...)``."""
H_RETURNS_RECORD = 512
"""The constant it returns is a mapping such as ``{"paid": False}``."""
H_ANSWERS = 1024
"""It returns ``False`` where the ``try`` returns ``True``, or the other way round."""

# --- handed: what a call of interest is given, see ``bylaw.facts.handed`` ---------------------
(T_CALL, T_LINE, T_ARGS) = range(3)
"""``T_CALL`` is the index of the call in the function, or one of the three below."""
(T_ANSWER, T_STATEMENT, T_COMPARED) = (-1, -2, -3)
"""What a handler returns; the text of a statement that any function returns; passwords that are
compared as they are."""
(G_POSITION, G_FORMATTED, G_TEXT, G_LEAVES) = range(4)
"""One argument: position or keyword, whether texts are joined in it, what is constant of them (a
``{}`` for each other part), its leaves."""
(V_TEXT, V_THROUGH, V_VIA) = range(3)
"""A leaf as it is written (``user.password``; ``^ValueError`` a caught exception,
``^ValueError~.args`` an attribute of one), the functions it
went through, outermost first, and the local names and keys that held it."""

# --- class ------------------------------------------------------------------------------------
(
    K_NAME,
    K_LINE,
    K_COL,
    K_END,
    K_BASES,
    K_DECORATORS,
    K_ATTRIBUTES,
    K_METHODS,
    K_SELF,
    K_FUNCTION,
    K_KEYWORDS,
) = range(11)
(A_NAME, A_ANNOTATION, A_VALUE, A_ARGS, A_LINE, A_SHAPE) = range(6)

# --- parameter, decorator ---------------------------------------------------------------------
(P_NAME, P_ANNOTATION, P_DEFAULT) = range(3)
(D_PATH, D_ARGS, D_LINE) = range(3)

# --- situation: what surrounds a statement ----------------------------------------------------
(S_FLAGS, S_HANDLED, S_WITH, S_EACH) = range(4)
"""``S_EACH``: what the surrounding ``for`` loops go through, outermost first: a chain of names, a
call as ``title()``, ``[]`` for what is listed on the spot, ``?`` for anything else."""

IN_TYPE_CHECKING = 1
IN_MAIN = 2
IN_LOOP = 4
IN_CONDITION = 8
IN_HANDLER = 16
IN_IMPORT_GUARD = 32
"""Inside a ``try`` that catches ImportError."""
IN_CLASS_BODY = 64
IN_FALLBACK = 128
"""Inside an ``except`` clause: what is bound here is the second choice."""
ONE_BRANCH = 256
BRANCHES = 3 * ONE_BRANCH
"""Count, up to three, of the branches between the start of the function and this place: nested
statements, earlier ones that may have left the block, operands that ``and`` and ``or`` skip."""

# --- declared: the shape of what frameworks read ------------------------------------------------
(E_KIND, E_OWNER, E_NAME, E_LINE, E_COL, E_END, E_SITUATION, E_VALUE) = range(8)
"""``E_KIND``: ``d`` decorator of a function, ``D`` of a class, ``p`` parameter (annotation and
default), ``r`` return annotation, ``a`` class attribute (annotation and value), ``v`` what a
declared attribute returns, ``b`` binding, ``g`` a binding that grows, ``c`` a call that wires,
``t`` what a handler decides by itself, see ``facts.decisions``, ``k`` the line where it compares
a secret of the request, see ``facts.shared_secrets``.

``E_OWNER`` is the file's function or class. An expression is a text: ``'constant``, ``:constant``,
``?`` or a path; or a tuple that begins with its tag::

    ("name", path, words)   a local name, with the words as they stand
    ("of", inner, names)    attributes of something that is no name
    ("call", callee, arguments, ((keyword, value), ...), line)
    ("list", items)   ("dict", pairs)   ("index", base, items)   ("star", item)
    ("or", sides)   ("and", sides)   ("add", sides)   ("if", sides)   ("text", pieces)
"""
ONE_SKIP = 1024
SKIPS = 3 * ONE_SKIP
"""The same count without loops and without what stayed because the other way raises."""
