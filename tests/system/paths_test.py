"""Paths asked for: through labels, to a line, page by page; what must have happened; their drawings."""
import json

from harness import Case, main, run

STORY = """default key = False
label start:
    menu:
        "cellar":
            call cellar
        "attic":
            jump attic
    menu:
        "open" if key:
            "It opens."
            return
        "leave":
            return
label cellar:
    menu:
        "take":
            $ key = True
        "not":
            pass
    return
label attic:
    return
"""


class Paths(Case):
    def setUp(self):
        super().setUp()
        self.root = self.project(text=STORY)
        self.d = self.daemon("--project", self.root)
        self.d.ready("story")

    def choices(self, query):
        answer = self.d.json("/pilot/paths?" + query)
        return [row["choices"] for row in answer["details"]], answer

    def test_through_a_label_shortest_first(self):
        found, answer = self.choices("through=cellar")
        self.assertEqual(sorted(found), [["cellar", "not", "leave"], ["cellar", "take", "leave"], ["cellar", "take", "open"]])
        self.assertEqual(answer["paths"], ["q1", "q2", "q3"])
        self.assertIsNone(answer["next_offset"])
        self.assertEqual(self.choices("through=attic,cellar")[0], [])

    def test_to_a_line_and_page_by_page(self):
        found, answer = self.choices("to=script.rpy:10")
        self.assertEqual(found, [["cellar", "take", "open"]])
        self.assertEqual(answer["details"][0]["ending_kind"], "here")
        first, answer = self.choices("through=cellar&limit=2")
        rest, last = self.choices(f"through=cellar&limit=2&offset={answer['next_offset']}")
        self.assertEqual((len(first), len(rest), last["next_offset"]), (2, 1, None))
        self.assertEqual(last["paths"], ["q3"])

    def test_a_found_path_is_drawn(self):
        drawn = self.d.get("/pilot/graph?path=q1&to=script.rpy:10")
        self.assertEqual(drawn.status, 200)
        self.assertIn("It opens.", drawn.text)
        self.assertEqual(self.d.get("/pilot/graph?path=q2&to=script.rpy:10").status, 404)

    def test_what_must_have_happened(self):
        answer = self.d.json("/pilot/requirements?at=script.rpy:9")
        self.assertTrue(answer["reachable"])
        self.assertEqual([row["text"] for row in answer["choices"]], ["cellar"])
        self.assertEqual([row["text"] for row in answer["conditions"]], ["key"])
        self.assertEqual([(row["file"], row["line"]) for row in answer["needs"][0]["setters"]], [("game/script.rpy", 17)])

    def test_mistakes_are_named(self):
        for query, code, word in (("paths?through=cellra", "BPY-1201", "cellar"), ("paths?to=script.rpy", "BPY-1002", "script.rpy:12"),
                                  ("paths?to=none.rpy:3", "BPY-1201", "none.rpy"), ("requirements?at=script.rpy:999", "BPY-1201", "script.rpy:999"),
                                  ("paths?through=" + ",".join("a" * 9), "BPY-1002", "6 labels")):
            answer = json.loads(self.d.get("/pilot/" + query).text)
            self.assertEqual(answer["code"], code, query)
            self.assertIn(word, json.dumps(answer), query)

    def test_the_terminal_says_the_same(self):
        rt = self.folder / "rt2"
        found = json.loads(run("paths", self.root, "--to", "script.rpy:10", "--json", runtime=rt).stdout)
        self.assertEqual([path["choices"] for path in found["paths"]], [["cellar", "take", "open"]])
        self.assertIn("key = True (game/script.rpy:17)", run("needs", self.root, "script.rpy:9", runtime=rt).stdout)


if __name__ == "__main__":
    main()
