"""Real roots of the mean-field quintic against polynomial roots in 60 digits."""

import functools

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

from jaxcom.mean_field import roots
from jaxcom.mean_field.equation import shift_at
from jaxcom.rates import Rates

ROWS = ("kappa", "detuning", "split", "backscattering", "drive")


def rates_of(designs):
    """Rates from the rows of `ROWS`; the mean field does not depend on the others."""
    unused = jnp.ones(np.shape(designs)[1:])
    entries = dict(zip(ROWS, map(jnp.asarray, designs), strict=True))
    return Rates(gamma=unused, heating=unused, **entries)


@functools.cache
def random_designs(n=300):
    """Designs with weak to strong drives, in which a third has no spin or no backscattering.

    A third of the drives shifts a resonance by about the detuning, so that there are often 3 roots;
    a sixth of the designs has two narrow, separate supermodes, for 5 roots.
    """
    rng = np.random.default_rng(0)
    kappa = 10 ** rng.uniform(-3, 1, n)
    detuning = rng.uniform(-1, 4, n)
    split = rng.choice([0, 1, 1, -1], n) * 10 ** rng.uniform(-3, 0.3, n)
    backscattering = rng.choice([0, 1, 1], n) * kappa * 10 ** rng.uniform(-8, 0.7, n)
    drive = 10 ** rng.uniform(-4, 2, n)
    bistable = slice(0, n // 3)
    lift = 4 * rng.uniform(0.05, 1.2, n) ** 2
    drive[bistable] = (lift * kappa**2 * np.abs(detuning))[bistable]
    two_peaks = slice(n // 3, n // 2)  # both supermodes bistable: narrow and separate
    kappa[two_peaks] = 10 ** rng.uniform(-3, -1, n)[two_peaks]
    detuning[two_peaks] = rng.uniform(1, 4, n)[two_peaks]
    split[two_peaks] = rng.uniform(-0.3, 0.3, n)[two_peaks]
    backscattering[two_peaks] = rng.uniform(0.1, 0.6, n)[two_peaks]
    drive[two_peaks] = (kappa**2 * rng.uniform(2, 12, n))[two_peaks]
    drive[-12:] = 0.0
    return np.stack([kappa, detuning, split, backscattering, drive])


def exact_roots(design):
    """Real roots x of the quintic of Eq. (7) in 60 digits, ascending, in units of omega_m.

    With D_j = Delta_j - x: x |(kappa + i D_1)(kappa + i D_2) + J^2|^2 = s (kappa^2 + D_2^2 + J^2).
    At J = 0 the common factor kappa^2 + D_2^2, which is never 0, is not removed.
    """
    with mp.workdps(60):
        kappa, detuning, split, coupling, drive = map(mp.mpf, map(float, design))
        d_1, d_2 = [detuning + split, -1], [detuning - split, -1]  # ascending powers of x

        def times(p, q):
            out = [mp.mpf(0)] * (len(p) + len(q) - 1)
            for i, a in enumerate(p):
                for j, b in enumerate(q):
                    out[i + j] += a * b
            return out

        def plus(p, q):
            return [a + b for a, b in zip(p, q, strict=True)]

        real = plus([kappa**2 + coupling**2, 0, 0], [-a for a in times(d_1, d_2)])
        imag = [kappa * a for a in plus(d_1, d_2)]
        modulus = plus(times(real, real), [*times(imag, imag), 0, 0])
        source = [-drive * a for a in plus([kappa**2 + coupling**2, 0, 0], times(d_2, d_2))]
        polynomial = plus([0, *modulus], [*source, 0, 0, 0])
        found = mp.polyroots(polynomial[::-1], maxsteps=500, extraprec=400)
        size = 1 + max(abs(root) for root in found)
        return sorted(mp.re(root) for root in found if abs(mp.im(root)) < size * mp.mpf(10) ** -25)


@functools.cache
def expected():
    """Counts (n,) and roots (5, n) of the random designs, NaN where there are fewer."""
    designs = random_designs().T
    count, values = np.zeros(len(designs), int), np.full((5, len(designs)), np.nan)
    for i, design in enumerate(designs):
        exact = exact_roots(design)
        count[i] = len(exact)
        values[: len(exact), i] = [float(x) for x in exact]
    return count, values


@jax.jit
def solve(designs):
    rates = rates_of(designs)
    count, z = roots.all_roots(roots.quintic(rates))
    return count, jax.vmap(shift, (0, None))(z, rates)


def shift(z, rates):
    """Shift x of a root, from the light at its effective detuning."""
    return shift_at(-z * rates.kappa, rates)


def test_the_designs_have_every_number_of_roots():
    count, _ = expected()
    assert set(count) == {1, 3, 5}
    assert min(np.sum(count == k) for k in (1, 3, 5)) >= 10


def test_counts():
    np.testing.assert_array_equal(solve(random_designs())[0], expected()[0])


def test_all_roots():
    """To the rounding of the polynomial divided by its slope at the root.

    Away from folds, relative errors are a few 1e-16 times 1 / |1 - x d/dx ln(light)|, which is
    below 1e3 in this sample: 1e-12 leaves a factor of ten.
    """
    x, exact = solve(random_designs())[1], expected()[1]
    np.testing.assert_array_equal(np.isnan(x), np.isnan(exact))
    dark = random_designs()[-1] == 0
    np.testing.assert_array_equal(np.asarray(x)[0, dark], 0.0)
    np.testing.assert_allclose(x, exact, rtol=1e-12)


@jax.jit
def solve_branches(designs):
    rates = rates_of(designs)

    def one(branch):
        count, z = roots.root_of_branch(roots.quintic(rates), jnp.full(count_shape, branch))
        return count, shift(z, rates)

    count_shape = designs.shape[1:]
    return jax.lax.map(one, jnp.arange(-1, 6))


def test_root_of_branch_is_the_entry_of_all_roots():
    """The same search compiled differently: equal to a rounding or two."""
    count, x = solve_branches(random_designs())
    all_counts, all_x = solve(random_designs())
    np.testing.assert_array_equal(count, np.broadcast_to(all_counts, count.shape))
    np.testing.assert_allclose(x[1:6], all_x, rtol=1e-13)
    assert np.isnan(x[0]).all()
    assert np.isnan(x[6]).all()


@jax.jit
def solve_apart(designs):
    """Lowest root, and those of the rising brackets in ascending order, as x."""
    rates = rates_of(designs)
    p = roots.quintic(rates)
    rising = [jnp.where(held, shift(z, rates), jnp.nan) for held, z in roots.rising_roots(p)]
    return shift(roots.lowest_root(p), rates), jnp.stack(rising)


def test_lowest_root_is_the_first():
    """With fewer steps than for all roots; exact to the last few digits away from folds."""
    lowest, _ = solve_apart(random_designs())
    np.testing.assert_allclose(lowest, expected()[1][0], rtol=1e-12)


def test_rising_roots_are_every_other():
    """p rises through its first, third and fifth real root."""
    _, rising = solve_apart(random_designs())
    every_other = np.sort(expected()[1][::2], axis=0)
    np.testing.assert_allclose(np.sort(rising, axis=0), every_other, rtol=1e-12)


@jax.jit
def alone(designs):
    """Whether the lowest root is reported to be the only one."""
    return roots.lowest_root_and_whether_alone(roots.quintic(rates_of(designs)))[1]


def test_the_lowest_root_is_reported_alone_only_where_it_is():
    reported, count = np.asarray(alone(random_designs())), expected()[0]
    assert (count[reported] == 1).all()
    assert reported[count == 1].mean() > 0.7  # otherwise the test would save little work


@pytest.mark.parametrize("kappa", [1e-1, 1e-3, 1e-5])
def test_single_precision_at_narrow_resonances(kappa):
    """To some roundings of 6e-8, for light so weak that the root is proportional to the drive."""
    detuning, split, coupling = np.random.default_rng(0).random((3, 1000))
    same = np.full_like(detuning, kappa)
    designs = np.stack([same, 0.5 + 3 * detuning, 0.1 * split, kappa * coupling, 0.1 * same])
    wide, narrow = (solve_apart(designs.astype(kind))[0] for kind in (np.float64, np.float32))
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow, wide, rtol=2e-6)


@pytest.mark.parametrize("name", ["detuning", "split", "backscattering", "drive"])
def test_nan_spreads(name):
    designs = random_designs()[:, :1].copy()
    designs[ROWS.index(name)] = np.nan
    lowest, rising = solve_apart(designs)
    assert np.isnan(lowest).all()
    assert np.isnan(rising).all()
    assert np.isnan(solve(designs)[1]).all()


def sturm_count(designs):
    """Number of real roots by Sturm's theorem with 64-bit mantissas, and whether it is certain.

    Remainders of polynomial division lose accuracy where roots are close: the count is uncertain
    where one is below 1e-12.
    """
    kappa, detuning, split, coupling, drive = designs.astype(np.longdouble)
    m, d, j, sigma = detuning / kappa, split / kappa, (coupling / kappa) ** 2, drive / kappa**3
    r = d * d + j
    end = np.maximum(0, m + np.sqrt(r)) + np.minimum(sigma, np.cbrt(sigma))
    end = np.where(end > 0, end * 1.01, 1)

    def times(p, q):
        out = np.zeros((len(p) + len(q) - 1, *p[0].shape), np.longdouble)
        for i, a in enumerate(p):
            for k, b in enumerate(q):
                out[i + k] += a * b
        return out

    z = np.stack([-m, end])  # u = end t, ascending powers of t
    v = times(z, z)
    v[0] += 1 - r
    optics = times(v, v)
    optics[0] += 4 * r
    p = np.concatenate([0 * m[None], optics * end])
    w = times(z + np.stack([d, 0 * d]), z + np.stack([d, 0 * d]))
    w[0] += 1 + j
    p[:3] -= sigma * w

    def normalized(p):
        return p / np.abs(p).max(axis=0)

    chain = [normalized(p), normalized(p[1:] * np.arange(1, 6)[:, None])]
    sure = np.ones(m.shape, bool)
    while len(chain[-1]) > 1:
        upper, lower = chain[-2].copy(), chain[-1]
        sure &= np.abs(lower[-1]) > 1e-12
        while len(upper) >= len(lower):
            factor = upper[-1] / lower[-1]
            upper[len(upper) - len(lower) :] -= factor * lower
            upper = upper[:-1]
        sure &= np.abs(upper).max(axis=0) > 1e-12
        chain.append(normalized(-upper))
    at = [np.stack([p[0] for p in chain]), np.stack([p.sum(axis=0) for p in chain])]
    sure &= np.all([(np.abs(values) > 1e-12).all(axis=0) for values in at], axis=0)
    changes = [(np.diff(np.sign(values), axis=0) != 0).sum(axis=0) for values in at]
    return changes[0] - changes[1], sure


@pytest.mark.slow
def test_a_million_designs():
    """No root is missed: counts by 64-bit mantissas, or by 60 digits where these are uncertain."""
    designs = random_designs.__wrapped__(n=1_000_000)
    count = np.asarray(solve(designs)[0])
    with np.errstate(all="ignore"):
        sturm, sure = sturm_count(designs)
    assert sure.mean() > 0.99
    np.testing.assert_array_equal(count[sure], sturm[sure])
    doubtful = np.flatnonzero(~sure)[:1000]
    exact = [len(exact_roots(designs[:, k])) for k in doubtful]
    np.testing.assert_array_equal(count[doubtful], exact)
    assert (count[np.asarray(alone(designs))] == 1).all()


def fold_drive(design, where):
    """Drive at the fold near `where`, the second derivative of s(x) there, and the fold.

    With the light f(x) per drive, the roots of x = s f(x) are those of s(x) = x / f(x) = s, and
    the folds are the extrema of s(x).
    """
    kappa, detuning, split, coupling, _ = map(mp.mpf, map(float, design))

    def drive(x):
        d_1, d_2 = detuning + split - x, detuning - split - x
        response = mp.mpc(kappa, d_1) * mp.mpc(kappa, d_2) + coupling**2
        return x * abs(response) ** 2 / (kappa**2 + d_2**2 + coupling**2)

    x = mp.findroot(lambda x: mp.diff(drive, x), where)
    return drive(x), mp.diff(drive, x, 2), x


# A bistable mode and a pair of supermodes: (kappa, detuning, split, J, 0), and a guess of the fold.
FOLDS = [((0.6, 2.86, 0.0, 0.0, 0.0), guess) for guess in (1.0, 2.8)] + [
    ((0.05, 2.0, 0.1, 0.4, 0.0), guess) for guess in (1.4, 1.58, 2.2, 2.41)
]


@pytest.mark.parametrize(("design", "guess"), FOLDS)
def test_near_folds(design, guess):
    """Two roots at a relative distance of 1e-5 are both found; beyond the fold, neither.

    A relative rounding e of the drive moves roots at a distance h by about e / h, here 1e-11. The
    tolerance leaves a factor of a hundred for the curvature at narrow resonances.
    """
    with mp.workdps(40):
        threshold, curvature, place = fold_drive(design, guess)
        gap = mp.mpf(10) ** -5 * place
        change = curvature * (gap / 2) ** 2 / 2
        near = np.array([[*design[:4], float(threshold + change)] for _ in range(2)])
        near[1, 4] = float(threshold - change)
        exact = [exact_roots(point) for point in near]
    count, x = solve(near.T)
    assert list(count) == [len(exact[0]), len(exact[0]) - 2]
    assert not alone(near.T)[0]
    pair = np.diff([float(root) for root in exact[0]]).min()
    assert 0.9e-5 < pair / float(place) < 1.1e-5
    for k, point in enumerate(exact):
        np.testing.assert_allclose(x[: len(point), k], np.array(list(map(float, point))), rtol=1e-9)


def lowest_folds(designs):
    """Drives sigma at which the lowest root ends, the root there, and whether it has such a fold.

    The roots at sigma are the solutions of sigma(u) = u |..|^2 / (..) = sigma, so the lowest ends
    at the first maximum of sigma(u): located on a grid, then by golden section, with 64-bit
    mantissas.
    """
    p = roots.quintic(rates_of(designs))
    p = roots.Quintic(*(np.asarray(entry, np.longdouble) for entry in p))

    def drive(u):
        z = u - p.m
        return u * ((z * z + 1 - p.r) ** 2 + 4 * p.r) / ((z + p.d) ** 2 + 1 + p.j)

    grid = np.linspace(0, 1, 300)[:, None] * (1 + np.abs(p.m) + np.sqrt(p.r))
    turns = np.diff(np.sign(np.diff(drive(grid), axis=0)), axis=0) < 0
    first = turns.argmax(axis=0) + np.arange(3)[:, None]
    low, _, high = np.take_along_axis(grid, first, axis=0)
    for _ in range(80):
        share = (3 - np.sqrt(np.longdouble(5))) / 2 * (high - low)
        rises = drive(low + share) < drive(high - share)
        low, high = np.where(rises, low + share, low), np.where(rises, high, high - share)
    return drive(low), low, turns.any(axis=0)


@pytest.mark.parametrize("distance", [1e-4, 1e-10])
def test_the_lowest_root_is_not_missed_before_its_fold(distance):
    """The lowest root is below the fold as long as the drive is below that of the fold."""
    designs = random_designs.__wrapped__(n=40_000)
    sigma, place, folds = lowest_folds(designs)
    below = np.asarray(sigma * (1 - np.longdouble(distance)), float)
    p = roots.quintic(rates_of(designs))._replace(sigma=jnp.asarray(below))
    lowest = np.asarray(jax.jit(lambda p: p.m + roots.lowest_root(p))(p))
    assert folds.sum() > 20_000
    assert (lowest < place)[folds].all()


def test_the_work_is_fixed():
    """No loop depends on the data: a `fori_loop` of known length is a `scan`, not a `while`."""

    def primitives(jaxpr):
        for equation in jaxpr.eqns:
            yield equation.primitive.name
            for value in equation.params.values():
                for inner in value if isinstance(value, list | tuple) else [value]:
                    if isinstance(inner, jax.extend.core.ClosedJaxpr):
                        yield from primitives(inner.jaxpr)
                    elif isinstance(inner, jax.extend.core.Jaxpr):
                        yield from primitives(inner)

    names = list(primitives(jax.make_jaxpr(solve)(random_designs()).jaxpr))
    assert "scan" in names
    assert not {"while", "cond", "eig", "sort"} & set(names)
