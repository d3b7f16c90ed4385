r"""Which Python identifiers a symbol may stand for: \hat{y} is y_hat, W_{xh} is W_xh, \beta_1 is beta1."""

import functools
import re

from .errors import Ambiguous

SPELLED = {
    "lambda": ["lam", "lambda_", "lmbda", "lamb"],
    "epsilon": ["eps", "epsilon"],
    "varepsilon": ["eps", "epsilon"],
    "varphi": ["phi", "varphi"],
    "ell": ["ell", "l", "loss"],
    "eta": ["eta", "lr"],
    "vartheta": ["theta"],
    "varsigma": ["sigma"],
    "varrho": ["rho"],
}
FUNCTION_NAMES = {
    "sigma": ["sigmoid"],
    "Phi": ["normal_cdf", "ndtr"],
    "phi": ["normal_pdf"],
    "zeta": ["softplus"],
}
SQUARES = {"sigma": ["var", "sigma2", "sigma_sq"], "s": ["var", "s2"], "R": ["R2", "r2"]}


def text(e):
    """A symbol as the letters of an identifier: W_{xh} has the index text xh."""
    kind = e[0]
    if kind in ("num", "sym"):
        return e[1]
    if kind == "jux":
        return "".join(text(c) for c in e[1:])
    found = names(e)
    return found[0] if found else "?"


@functools.lru_cache(4096)
def names(e):
    """Candidate identifiers, the likeliest first."""
    kind = e[0]
    if kind == "sym":
        found = SPELLED.get(e[1], [e[1]])
        return found + [e[1].lower()] if len(e[1]) > 1 and e[1].lower() not in found else found
    if kind == "grp":
        return names(e[1])
    if kind == "sub":
        return _indexed(e[1], e[2])
    if kind in ("acc", "deco", "supidx"):
        if e[2] == "Delta":
            return [d + b for b in names(e[1]) for d in ("delta_", "d")]
        label = text(e[2]) if kind == "supidx" else e[2]
        return [b + joint + label for b in names(e[1]) for joint in ("_", "")]
    if kind == "prime":
        return [b + end for b in names(e[1]) for end in ("_prime", "_new")]
    if kind == "pow" and e[1][0] == "sym" and e[2] == ("num", "2"):
        return SQUARES.get(e[1][1], [])
    if kind == "diff":
        if not e[2]:
            return [d + b for b in names(e[1]) for d in ("grad_", "d")]
        return ["d" + w for w in names(e[2][0])] if len(e[2]) == 1 else []
    return []


def _indexed(base, subs):
    label = "".join(text(s) for s in subs)
    found = [b + joint + label for b in names(base) for joint in ("_", "")]
    step = step_of(("sub", base, subs))
    if step == -1:
        found += [b + end for b in names(base) for end in ("_prev", "_old")]
    elif step is not None:
        found += [b + end for b in names(base) for end in ("_new", "_next")]
    return found


def spelled(e, known):
    """The candidates among known names; W_f is no Wf where W is known: it is an element of W."""
    found = [n for n in names(e) if n in known]
    if e[0] == "sub" and re.fullmatch("[a-z]", "".join(text(s) for s in e[2])):
        if any(b in known for b in names(e[1])):
            found = [n for n in found if "_" in n]
    return found


def step_of(e):
    """x_{t-1}: -1, x_t: 0, x_{t+1}: 1, anything else None."""
    if e[0] != "sub" or len(e[2]) != 1:
        return None
    t = ("sym", "t")
    return {t: 0, ("minus", t, ("num", "1")): -1, ("add", t, ("num", "1")): 1}.get(e[2][0])


def strip(e):
    r"""A name without its indices: \sigma_j^2 -> (\sigma^2, (j,))."""
    if e[0] == "sub":
        return e[1], e[2]
    if e[0] == "pow" and e[1][0] == "sub":
        return ("pow", e[1][1], e[2]), e[1][2]
    return e, ()


@functools.lru_cache(65536)
def walk(e):
    """All nodes of a tree, itself first."""
    if not isinstance(e, tuple):
        return ()
    out = [e] if e and isinstance(e[0], str) else []
    for part in e[1] if out and e[0] == "chain" else e:  # the relations of a chain are no nodes
        if isinstance(part, tuple):
            out += walk(part)
    return tuple(out)


def _one_index(e):
    if e[0] == "prime":
        e = e[1]
    return e[0] in ("sym", "num") and len(e[1]) == 1


def flat(subs):
    """Indices one by one: ij and 12 are two."""
    out = []
    for s in subs:
        if s[0] == "jux" and all(map(_one_index, s[1:])):
            out += list(s[1:])
        elif s[0] == "num" and len(s[1]) > 1 and s[1].isdigit():
            out += [("num", c) for c in s[1]]
        else:
            out.append(s)
    return out


def merge_letters(e, known):
    """TP is one name if the code knows TP and does not know both T and P; otherwise it stays T times P."""
    if not isinstance(e, tuple) or not e:
        return e
    e = tuple(merge_letters(part, known) if isinstance(part, tuple) else part for part in e)
    if e[0] != "jux":
        return e
    factors, out, k = e[1:], [], 0
    while k < len(factors):
        taken = _word(factors[k:], known)
        if taken > 1:
            word = "".join(_letter(f)[0] for f in factors[k : k + taken])
            out.append(_letter(factors[k + taken - 1])[1](("sym", word)))
        else:
            out.append(factors[k])
        k += max(taken, 1)
    return out[0] if len(out) == 1 else ("jux", *out)


def heading(tree):
    r"""FL in FL(p_t) = …, MSE in MSE = …: capitals alone on the left side are a word."""
    left = tree[1][0] if tree[0] == "chain" else tree
    letters = [f for f in left[1:-1] if f[0] == "sym"] if left[0] == "jux" else []
    last = _letter(left[-1]) if letters and len(letters) == len(left) - 2 else None
    word = "".join(f[1] for f in letters) + last[0] if last else ""
    return word if re.fullmatch("[A-Z][A-Za-z]+", word) else ""


def _letter(e):
    """A factor that begins with one letter -> (letter, how to rebuild it around a word)."""
    if e[0] == "sym" and len(e[1]) == 1:
        return e[1], lambda word: word
    if e[0] in ("sub", "pow", "app") and (inner := _letter(e[1])):
        return inner[0], lambda word: (e[0], inner[1](word), *e[2:])
    return None


def _word(factors, known):
    """How many of the first factors spell a known name."""
    letters = []
    for f in factors[:12]:
        found = _letter(f)
        if not found:
            break
        letters.append(found[0])
        if f[0] != "sym":
            break
    for n in range(len(letters), 1, -1):
        word = "".join(letters[:n])
        whole = names(_letter(factors[n - 1])[1](("sym", word)))  # SS_{res} is SS_res
        if known & {word, word.lower(), *whole}:
            if not all(c in known for c in letters[:n]):
                return n
            if word in known and word.isupper():
                cure = r"write \mathrm{%s} or %s" % (word, r" \cdot ".join(word))
                raise Ambiguous(f"{word} can be one name or a product", cure)
    return 0
