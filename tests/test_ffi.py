"""The library through a foreign-function interface: no header, only lib/libcvxnn.so and the pinned numbers.

What a wrapper in another language relies on: numbers that never change, plain integers, doubles and pointers, and
handles that a garbage collector may free in any order.
"""
import ctypes
import itertools
import math
import pathlib
import random
import sys
import tempfile
import unittest
from ctypes import POINTER, byref, c_char_p, c_double, c_int32, c_int64, c_void_p

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "lib" / "libcvxnn.so"
NUMBER = {words[1]: int(words[2])
          for words in map(str.split, (ROOT / "tests" / "pinned_numbers.txt").read_text().splitlines())}
OK, NULL, KEY, VALUE = (NUMBER["CVXNN_" + name] for name in ("OK", "ERROR_NULL", "ERROR_KEY", "ERROR_VALUE"))
ROWS, COPY = NUMBER["CVXNN_ROW_MAJOR"], NUMBER["CVXNN_COPY"]
ROWS_N, COLUMNS_D = 30, 3

DOUBLES, CALLBACK = POINTER(c_double), ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p)
ARGUMENTS = {
    "problem_create": [POINTER(c_void_p)],
    "problem_set_data": [c_void_p, c_int64, c_int64, DOUBLES, c_int64, c_int32, c_int32],
    "problem_set_targets": [c_void_p, c_int64, c_int64, DOUBLES, c_int64, c_int32],
    "problem_set_double": [c_void_p, c_int32, c_double],
    "problem_get_double": [c_void_p, c_int32, DOUBLES],
    "problem_message": [c_void_p, c_char_p, c_int64, POINTER(c_int64)],
    "solver_create": [c_void_p, POINTER(c_void_p)],
    "solver_set_int": [c_void_p, c_int32, c_int64],
    "solver_set_callback": [c_void_p, CALLBACK, c_void_p],
    "solver_solve": [c_void_p],
    "solver_info_double": [c_void_p, c_int32, DOUBLES],
    "solver_info_int": [c_void_p, c_int32, POINTER(c_int64)],
    "solver_get_model": [c_void_p, POINTER(c_void_p)],
    "solver_get_sharpness": [c_void_p, c_int64, DOUBLES],
    "event_kind": [c_void_p, POINTER(c_int32)],
    "model_create": [POINTER(c_void_p)],
    "model_get_int": [c_void_p, c_int32, POINTER(c_int64)],
    "model_get_weights": [c_void_p, DOUBLES, c_int64, DOUBLES, c_int64],
    "model_predict": [c_void_p, c_int64, c_int64, DOUBLES, c_int64, c_int32, DOUBLES, c_int64],
    "model_save": [c_void_p, c_char_p],
    "model_set_weights": [c_void_p, c_int64, c_int64, c_int64, c_int64, DOUBLES, c_int64, DOUBLES, c_int64],
    "certificate_create": [POINTER(c_void_p)],
    "certificate_set_int": [c_void_p, c_int32, c_int64],
    "certificate_prove": [c_void_p, c_void_p, c_void_p],
    "certificate_verify": [c_void_p, c_void_p, c_void_p],
    "certificate_info_double": [c_void_p, c_int32, DOUBLES],
    "certificate_info_int": [c_void_p, c_int32, POINTER(c_int64)],
    "certificate_get_directions": [c_void_p, c_int64, c_int64, DOUBLES],
    "solver_set_start": [c_void_p, c_void_p],
    "solver_set_directions": [c_void_p, c_int64, c_int64, DOUBLES, c_int64, c_int32],
    "certificate_save": [c_void_p, c_char_p],
    "certificate_load": [c_void_p, c_char_p],
    "certificate_message": [c_void_p, c_char_p, c_int64, POINTER(c_int64)],
    "model_load": [c_void_p, c_char_p],
    "path_create": [c_void_p, POINTER(c_void_p)],
    "path_set_int": [c_void_p, c_int32, c_int64],
    "path_run": [c_void_p],
    "path_count": [c_void_p, POINTER(c_int64), POINTER(c_int64)],
    "path_info_double": [c_void_p, c_int64, c_int32, DOUBLES],
    "path_fold_double": [c_void_p, c_int64, c_int64, c_int32, DOUBLES],
    "path_get_model": [c_void_p, c_int64, POINTER(c_void_p)],
    "path_get_folds": [c_void_p, c_int64, POINTER(c_int64)],
    "path_best": [c_void_p, POINTER(c_int64), POINTER(c_int64)],
    "key_of": [c_int32, c_char_p, POINTER(c_int32)],
}


def load():
    library = ctypes.CDLL(str(LIBRARY))
    for name, arguments in ARGUMENTS.items():
        function = getattr(library, "cvxnn_" + name)
        function.argtypes, function.restype = arguments, c_int32
    for kind in ("problem", "solver", "model", "certificate", "path"):
        free = getattr(library, f"cvxnn_{kind}_free")
        free.argtypes, free.restype = [c_void_p], None
    library.cvxnn_version_string.restype = library.cvxnn_status_name.restype = c_char_p
    library.cvxnn_status_name.argtypes = [c_int32]
    return library


def doubles(numbers):
    return (c_double * len(numbers))(*numbers)


def table():
    """A small regression problem with a kink."""
    draw = random.Random(7)
    x = [[draw.gauss(0, 1) for _ in range(COLUMNS_D)] for _ in range(ROWS_N)]
    y = [max(0.0, row[0] - row[1]) - 0.5 * max(0.0, row[2]) + draw.gauss(0, 0.05) for row in x]
    return x, y


class Library(unittest.TestCase):
    def setUp(self):
        self.lib = load()
        self.x, self.y = table()
        self.flat_x = doubles(list(itertools.chain.from_iterable(self.x)))

    def call(self, name, *arguments):
        status = getattr(self.lib, "cvxnn_" + name)(*arguments)
        self.assertEqual(status, OK, f"{name}: {self.lib.cvxnn_status_name(status)}")

    def make(self, name, *arguments):
        handle = c_void_p()
        self.call(name, *arguments, byref(handle))
        self.assertIsNotNone(handle.value)
        return handle

    def number(self, name, handle, key, kind=c_double):
        value = kind()
        self.call(name, handle, NUMBER[key], byref(value))
        return value.value

    def problem(self):
        problem = self.make("problem_create")
        self.call("problem_set_data", problem, ROWS_N, COLUMNS_D, self.flat_x, COLUMNS_D, ROWS, COPY)
        self.call("problem_set_targets", problem, ROWS_N, 1, doubles(self.y), 1, ROWS)
        self.call("problem_set_double", problem, NUMBER["CVXNN_OPTION_BETA"], 0.02)
        return problem

    def solver(self, problem):
        solver = self.make("solver_create", problem)
        self.call("solver_set_int", solver, NUMBER["CVXNN_OPTION_PATTERNS"], 50)
        self.call("solver_set_int", solver, NUMBER["CVXNN_OPTION_METHOD"], NUMBER["CVXNN_METHOD_DECOMPOSE"])
        return solver

    def predictions(self, model):
        f = (c_double * ROWS_N)()
        self.call("model_predict", model, ROWS_N, COLUMNS_D, self.flat_x, COLUMNS_D, ROWS, f, 1)
        return list(f)

    def free(self, **handles):
        for kind, handle in handles.items():
            getattr(self.lib, f"cvxnn_{kind}_free")(handle)

    def test_version(self):
        major, minor, patch = map(int, self.lib.cvxnn_version_string().decode().split("."))
        self.assertEqual(self.lib.cvxnn_version_number(), major * 10000 + minor * 100 + patch)

    def test_solve_and_predict(self):
        """The network's objective, from its weights and from its predictions, is the one reported."""
        problem = self.problem()
        solver = self.solver(problem)
        self.call("solver_solve", solver)
        model = self.make("solver_get_model", solver)
        neurons = self.number("model_get_int", model, "CVXNN_MODEL_NEURONS", c_int64)
        u, a = (c_double * (neurons * COLUMNS_D))(), (c_double * neurons)()
        self.call("model_get_weights", model, u, COLUMNS_D, a, 1)
        f = [sum(max(0.0, sum(u[j * COLUMNS_D + k] * row[k] for k in range(COLUMNS_D))) * a[j]
                 for j in range(neurons)) for row in self.x]
        for mine, theirs in zip(f, self.predictions(model)):
            self.assertAlmostEqual(mine, theirs, delta=1e-12)
        loss = sum((p - t) ** 2 / 2 for p, t in zip(f, self.y)) / ROWS_N
        objective = loss + 0.02 / 2 * math.fsum(v * v for v in itertools.chain(u, a))
        self.assertAlmostEqual(self.number("solver_info_double", solver, "CVXNN_INFO_OBJECTIVE"), objective,
                               delta=1e-12 * objective)
        self.assertLessEqual(self.number("solver_info_double", solver, "CVXNN_INFO_LOWER_BOUND"), objective)
        self.free(problem=problem, solver=solver, model=model)

    def test_sharpness(self):
        problem = self.problem()
        solver = self.solver(problem)
        self.call("solver_solve", solver)
        sharpness = (c_double * self.number("solver_info_int", solver, "CVXNN_INFO_DECOMPOSED", c_int64))()
        self.call("solver_get_sharpness", solver, len(sharpness), sharpness)
        self.assertGreaterEqual(min(sharpness), 1 - 1e-12)
        self.assertEqual(max(sharpness), self.number("solver_info_double", solver, "CVXNN_INFO_BLOWUP_MAX"))
        self.free(problem=problem, solver=solver)

    def test_free_in_any_order(self):
        for order in itertools.permutations(("problem", "solver", "model")):
            problem = self.problem()
            solver = self.solver(problem)
            self.call("solver_solve", solver)
            handles = {"problem": problem, "solver": solver, "model": self.make("solver_get_model", solver)}
            for kind in order:
                if kind != "model":
                    self.free(**{kind: handles[kind]})
                    self.predictions(handles["model"]) if order[-1] == "model" else None
                else:
                    self.predictions(handles["model"])
                    self.free(model=handles["model"])

    def test_a_solver_keeps_its_problem(self):
        problem = self.problem()
        solver = self.solver(problem)
        self.free(problem=problem)
        self.call("solver_solve", solver)
        self.assertGreater(self.number("solver_info_int", solver, "CVXNN_INFO_NEURONS", c_int64), 0)
        self.free(solver=solver)

    def test_null(self):
        self.free(problem=None, solver=None, model=None)
        self.assertEqual(self.lib.cvxnn_problem_create(None), NULL)
        self.assertEqual(self.lib.cvxnn_solver_create(None, byref(c_void_p())), NULL)
        self.assertEqual(self.lib.cvxnn_solver_solve(None), NULL)

    def test_refusals_tell_why(self):
        problem = self.problem()
        beta = NUMBER["CVXNN_OPTION_BETA"]
        self.assertEqual(self.lib.cvxnn_problem_set_double(problem, 99999, 1.0), KEY)
        self.assertEqual(self.lib.cvxnn_problem_set_double(problem, beta, -1.0), VALUE)
        needed = c_int64()
        self.call("problem_message", problem, None, 0, byref(needed))
        text = ctypes.create_string_buffer(needed.value)
        self.call("problem_message", problem, text, needed.value, None)
        self.assertIn(b"beta", text.value)
        self.assertEqual(self.number("problem_get_double", problem, "CVXNN_OPTION_BETA"), 0.02)
        self.free(problem=problem)

    def test_callback_stops(self):
        problem = self.problem()
        solver = self.solver(problem)
        kinds = []

        @CALLBACK
        def stop(event, _):
            kind = c_int32()
            self.assertEqual(self.lib.cvxnn_event_kind(event, byref(kind)), OK)
            kinds.append(kind.value)
            return 1

        self.call("solver_set_callback", solver, stop, None)
        self.assertEqual(self.lib.cvxnn_solver_solve(solver), NUMBER["CVXNN_STOPPED_CANCELLED"])
        events = {number for name, number in NUMBER.items() if name.startswith("CVXNN_EVENT_")}
        self.assertEqual(len(kinds), 1)
        self.assertLessEqual(set(kinds), events)
        self.free(problem=problem, solver=solver)

    def test_saved_is_loaded(self):
        problem = self.problem()
        solver = self.solver(problem)
        self.call("solver_solve", solver)
        model, again = self.make("solver_get_model", solver), self.make("model_create")
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/a.model".encode()
            self.call("model_save", model, path)
            self.call("model_load", again, path)
        self.assertEqual(self.predictions(model), self.predictions(again))
        self.free(problem=problem, solver=solver, model=model)
        self.free(model=again)

    def test_a_network_is_searched_on_from_its_certificate(self):
        problem, model, u, a = self.problem(), self.make("model_create"), [1.0, -1.0, 0.0], [0.9]
        self.call("model_set_weights", model, COLUMNS_D, 0, 1, 1, doubles(u), COLUMNS_D, doubles(a), 1)
        certificate, solver = self.make("certificate_create"), self.solver(problem)
        self.call("certificate_prove", certificate, problem, model)
        limit, count = (self.number("certificate_info_int", certificate, "CVXNN_INFO_" + name, c_int64)
                        for name in ("LIMIT", "DIRECTIONS"))
        self.assertEqual(limit, NUMBER["CVXNN_LIMIT_NETWORK"])
        self.assertGreater(count, 0)
        directions = (c_double * (count * COLUMNS_D))()
        self.call("certificate_get_directions", certificate, count, COLUMNS_D, directions)
        self.call("solver_set_int", solver, NUMBER["CVXNN_OPTION_METHOD"], NUMBER["CVXNN_METHOD_SEARCH"])
        self.call("solver_set_start", solver, model)
        self.call("solver_set_directions", solver, count, COLUMNS_D, directions, COLUMNS_D, ROWS)
        self.call("solver_solve", solver)
        self.assertLess(self.number("solver_info_double", solver, "CVXNN_INFO_OBJECTIVE"),
                        self.number("certificate_info_double", certificate, "CVXNN_INFO_OBJECTIVE"))
        self.free(problem=problem, solver=solver, model=model, certificate=certificate)

    def test_a_network_from_elsewhere_is_certified(self):
        problem, model, u, a = self.problem(), self.make("model_create"), [1.0, -1.0, 0.0, 0.0, 0.0, 0.8], [0.9, -0.5]
        self.call("model_set_weights", model, COLUMNS_D, 0, 1, 2, doubles(u), COLUMNS_D, doubles(a), 1)
        certificate, again = self.make("certificate_create"), self.make("certificate_create")
        self.call("certificate_set_int", certificate, NUMBER["CVXNN_OPTION_ORDER"], 1)
        self.call("certificate_prove", certificate, problem, model)
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / "certificate").encode()
            self.call("certificate_save", certificate, path)
            self.call("certificate_load", again, path)
        self.call("certificate_verify", again, problem, model)
        bound, objective, ratio = (self.number("certificate_info_double", again, "CVXNN_INFO_" + name)
                                   for name in ("LOWER_BOUND", "OBJECTIVE", "CERTIFIED_RATIO"))
        f = [sum(max(0.0, sum(w * x for w, x in zip(u[3 * j:3 * j + 3], row))) * a[j] for j in range(2)) for row in self.x]
        loss = sum((p - t) ** 2 / 2 for p, t in zip(f, self.y)) / ROWS_N
        self.assertAlmostEqual(objective, loss + 0.01 * sum(w * w for w in u + a), delta=1e-12)
        self.assertTrue(0.5 * objective < bound <= objective, (bound, objective))
        self.assertAlmostEqual(ratio, objective / bound, delta=1e-12)
        self.call("problem_set_targets", problem, ROWS_N, 1, doubles([2 * y for y in self.y]), 1, ROWS)
        self.assertEqual(self.lib.cvxnn_certificate_verify(again, problem, model), NUMBER["CVXNN_ERROR_VERIFICATION"])
        message = ctypes.create_string_buffer(500)
        self.call("certificate_message", again, message, 500, None)
        self.assertIn(b"targets", message.value)
        for kind, handle in (("problem", problem), ("certificate", again), ("model", model), ("certificate", certificate)):
            self.free(**{kind: handle})

    def test_a_path_keeps_its_solver(self):
        """Cross-validation with the solver let go; the mean of the folds' errors, weighted by their rows."""
        problem = self.problem()
        solver = self.solver(problem)
        path = self.make("path_create", solver)
        self.free(problem=problem, solver=solver)
        for name, value in (("POINTS", 4), ("FOLDS", 3)):
            self.call("path_set_int", path, NUMBER["CVXNN_OPTION_" + name], value)
        self.call("path_run", path)
        points, folds, least, simplest = c_int64(), c_int64(), c_int64(), c_int64()
        self.call("path_count", path, byref(points), byref(folds))
        self.assertEqual((points.value, folds.value), (4, 3))
        fold = (c_int64 * ROWS_N)()
        self.call("path_get_folds", path, ROWS_N, fold)
        error, means, key = c_double(), [], NUMBER["CVXNN_INFO_VALIDATION_ERROR"]
        for point in range(4):
            total = 0
            for k in range(3):
                self.call("path_fold_double", path, point, k, key, byref(error))
                total += list(fold).count(k) * error.value / ROWS_N
            self.call("path_info_double", path, point, key, byref(error))
            self.assertAlmostEqual(error.value, total, delta=1e-13)
            means.append(error.value)
        self.call("path_best", path, byref(least), byref(simplest))
        self.assertEqual(least.value, means.index(min(means)))
        self.assertLessEqual(simplest.value, least.value)
        model = self.make("path_get_model", path, least.value)
        self.free(path=path)
        self.predictions(model)
        self.free(model=model)

    def test_names_lead_to_the_pinned_keys(self):
        groups = {"option": "CVXNN_GROUP_OPTION", "info": "CVXNN_GROUP_INFO", "model": "CVXNN_GROUP_MODEL"}
        for line in (ROOT / "tests" / "pinned_numbers.txt").read_text().splitlines():
            table_name, symbol, number, *rest = line.split()
            if table_name in groups:
                key = c_int32()
                self.call("key_of", NUMBER[groups[table_name]], rest[-1].encode(), byref(key))
                self.assertEqual(key.value, int(number), symbol)


if __name__ == "__main__":
    if not LIBRARY.exists():
        sys.exit(f"{LIBRARY} is missing: run make first")
    unittest.main()
