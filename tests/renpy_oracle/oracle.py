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


SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def names_of(source):
    """Plain names that code assigns in its own store, in source order, each once."""
    found = []

    def visit(node):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append((node.lineno, node.col_offset, node.id))
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, SCOPES + (ast.NamedExpr,)):
                visit(child)

    visit(ast.parse(source))
    return list(dict.fromkeys(name for _line, _column, name in sorted(found)))


def facts_of(node, nodes):
    """What a row of this kind says beside its place."""
    if isinstance(node, nodes.Label):
        return {"name": node.name, "params": params_of(node), "hide": bool(node.hide)}
    if isinstance(node, nodes.Jump):
        return {"target": str(node.target), "expression": bool(node.expression)}
    if isinstance(node, nodes.Call):
        return {"target": str(node.label), "expression": bool(node.expression)}
    if isinstance(node, nodes.Menu):
        return {"set": None if node.set is None else str(node.set),
                "choices": [{"text": str(text), "condition": str(condition), "caption": block is None} for text, condition, block in node.items]}
    if isinstance(node, nodes.If):
        return {"entries": [{"test": str(test)} for test, _block in node.entries]}
    if isinstance(node, (nodes.Python, nodes.EarlyPython)):
        return {"names": names_of(node.code.source)}
    if isinstance(node, nodes.Translate):
        return {"language": node.language, "identifier": node.identifier}
    if isinstance(node, nodes.Screen):
        return {"name": node.screen.name}
    if isinstance(node, nodes.While):
        return {"test": str(node.condition)}
    if isinstance(node, nodes.Say):
        return {"who": None if node.who is None else str(node.who), "what": node.what}
    if isinstance(node, (nodes.Define, nodes.Default)):
        return {"name": node.varname, "store": node.store}
    if isinstance(node, nodes.Init):
        return {"priority": node.priority}
    if isinstance(node, nodes.UserStatement):
        return {"name": node.get_name()}
    return {}


def dump(statements, out):
    import renpy.ast as nodes

    def file_of(node):
        name = node.filename.replace("\\", "/")
        return name[:-1] if name.endswith("c") else name

    own = [node for node in statements if file_of(node).startswith("game/") and file_of(node).endswith(".rpy")]
    number = {id(node): i for i, node in enumerate(own)}
    for i, node in enumerate(own):
        row = {"i": i, "kind": type(node).__name__, "file": file_of(node)[5:], "line": node.linenumber,
               "next": number.get(id(getattr(node, "next", None)))}
        out.write(json.dumps({**row, **facts_of(node, nodes)}, ensure_ascii=False) + "\n")
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
