#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Prints what Ren'Py itself sees in a game's scripts: one JSON object per line, in load order.

Usage: oracle.py GAME_FOLDER   (a folder with game/ in it; it is copied, nothing in it is touched)

Debian's Ren'Py 8.0.3 loads the scripts headless; nothing of the game runs but `python early`.
Under Python 3.11 its compile step refuses nodes that end before they start (it moves only
lineno), so compile() is wrapped to mend them.
"""
import ast
import builtins
import json
import os
import runpy
import shutil
import sys
import tempfile

RENPY = os.environ.get("RENPY_BASE", "/usr/share/games/renpy")


def mend_compile():
    real = builtins.compile

    def compile_mended(source, *args, **kwargs):
        if isinstance(source, ast.AST):
            for node in ast.walk(source):
                if getattr(node, "end_lineno", None) is not None and node.end_lineno < node.lineno:
                    node.end_lineno = node.lineno
                    node.end_col_offset = max(node.end_col_offset or 0, node.col_offset)
                elif (getattr(node, "end_lineno", None) == getattr(node, "lineno", 0)
                      and (getattr(node, "end_col_offset", 0) or 0) < getattr(node, "col_offset", 0)):
                    node.end_col_offset = node.col_offset
        return real(source, *args, **kwargs)

    builtins.compile = compile_mended


def params_of(label):
    info = label.parameters
    if info is None:
        return []
    names = [name for name, _default in info.parameters]
    if info.extrapos:
        names.append("*" + info.extrapos)
    if info.extrakw:
        names.append("**" + info.extrakw)
    return names


# Ren'Py wraps every line of dialogue in these after parsing; bpyd does not need to.
WRAPPERS = {"Translate", "EndTranslate"}


def facts_of(node, nodes):
    """What a row of this kind says beside its place."""
    if isinstance(node, nodes.Label):
        return {"name": node.name, "hide": bool(node.hide), "params": params_of(node)}
    if isinstance(node, nodes.Jump):
        return {"target": str(node.target), "expression": bool(node.expression)}
    if isinstance(node, nodes.Call):
        return {"target": str(node.label), "expression": bool(node.expression)}
    if isinstance(node, nodes.Menu):
        return {"set": None if node.set is None else str(node.set), "items": len(node.items)}
    if isinstance(node, nodes.If):
        return {"tests": [str(test) for test, _block in node.entries]}
    if isinstance(node, nodes.While):
        return {"test": str(node.condition)}
    if isinstance(node, nodes.Say):
        return {"who": str(node.who or ""), "what": node.what}
    if isinstance(node, (nodes.Define, nodes.Default)):
        return {"name": node.varname, "store": node.store}
    if isinstance(node, nodes.Init):
        return {"priority": node.priority}
    if isinstance(node, nodes.UserStatement):
        return {"name": node.get_name()}
    return {}


def rows_of(node, name):
    import renpy.ast as nodes

    kind = type(node).__name__
    if kind in WRAPPERS:
        return []
    rows = [{"kind": kind, "file": name, "line": node.linenumber, **facts_of(node, nodes)}]
    if isinstance(node, nodes.Menu):
        for text, condition, block in node.items:
            rows.append({"kind": "Choice", "file": name, "line": node.linenumber, "text": str(text),
                         "condition": str(condition), "caption": block is None})
    return rows


def dump(statements, out):
    for node in statements:
        name = node.filename.replace("\\", "/")
        if name.endswith("c"):
            name = name[:-1]
        if name.startswith("game/") and name.endswith(".rpy"):
            for row in rows_of(node, name[5:]):
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
    out.flush()


def main():
    source = os.path.abspath(sys.argv[1])
    home = tempfile.mkdtemp(prefix="bpyd-oracle-")
    try:
        base = os.path.join(home, "project")
        os.makedirs(base)
        shutil.copytree(os.path.join(source, "game"), os.path.join(base, "game"),
                        ignore=shutil.ignore_patterns("*.rpyc", "*.rpymc", "saves", "cache", "*.bak"))
        os.environ.update(HOME=home, SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy",
                          RENPY_DISABLE_BACKUPS="I take responsibility for this.",
                          RENPY_SKIP_SPLASHSCREEN="1")
        os.environ.pop("DISPLAY", None)
        answer = os.dup(1)
        os.dup2(2, 1)  # what Ren'Py prints is no part of the answer
        mend_compile()
        os.chdir(base)
        sys.path.insert(0, RENPY)
        sys.argv = [os.path.join(RENPY, "renpy.py"), base, "lint", "--savedir", os.path.join(home, "saves")]

        def hook():
            import renpy.script
            import renpy.parser
            real = renpy.script.Script.load_script

            def load_script(script):
                real(script)
                errors = renpy.parser.get_parse_errors()
                for error in errors:
                    sys.stderr.write(error + "\n")
                with os.fdopen(answer, "w", encoding="utf-8") as out:
                    dump(script.all_stmts, out)
                shutil.rmtree(home, ignore_errors=True)
                os._exit(1 if errors else 0)

            renpy.script.Script.load_script = load_script

        install_hook(hook)
        runpy.run_path(os.path.join(RENPY, "renpy.py"), run_name="__main__")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def install_hook(hook):
    """Runs hook() right before Ren'Py's bootstrap hands over to its main()."""
    real = builtins.__import__
    done = []

    def importing(name, *args, **kwargs):
        module = real(name, *args, **kwargs)
        if not done and "renpy.script" in sys.modules and "renpy.main" in sys.modules \
                and hasattr(sys.modules["renpy.script"], "Script") and hasattr(sys.modules["renpy.main"], "main"):
            done.append(True)
            hook()
        return module

    builtins.__import__ = importing


if __name__ == "__main__":
    main()
