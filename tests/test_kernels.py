"""Kernels that have a name do what other libraries mean by that name."""

import numpy as np
import pytest
from conftest import need

from convviz import SettingError, conv2d, kernel
from convviz.exact import over_one_divisor
from convviz.kernels import ALIASES, KERNELS, name_of

ndimage = need("scipy.ndimage")
special = need("scipy.special")
filters = need("skimage.filters")

IMAGE = np.random.default_rng(3).integers(0, 256, size=(17, 14)).astype(np.float64)
SIZED = [name for name, known in KERNELS.items() if known.sized]
EXACT = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "laplacian-8": [[1, 1, 1], [1, -8, 1], [1, 1, 1]],
    "outline": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "sobel-x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel-y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "prewitt-x": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "prewitt-y": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "scharr-x": [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]],
    "scharr-y": [[-3, -10, -3], [0, 0, 0], [3, 10, 3]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
}


def applied(name, size=None):
    """Return what a kernel makes of the image, where it sees nothing but image."""
    return conv2d(IMAGE, kernel(name, size)).output


def interior(image, size=(3, 3)):
    low = [(n - 1) // 2 for n in size]
    return image[low[0] : low[0] + IMAGE.shape[0] - size[0] + 1, low[1] : low[1] + IMAGE.shape[1] - size[1] + 1]


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("name", sorted(EXACT))
def test_a_kernel_of_integers_is_what_textbooks_print(name):
    made = kernel(name)
    assert made.dtype == np.int64
    assert made.tolist() == EXACT[name]


def test_every_kernel_is_checked_in_this_file():
    assert set(EXACT) | {"mean", "gaussian"} == set(KERNELS)


@pytest.mark.parametrize(("name", "axis"), [("sobel-x", 1), ("sobel-y", 0)])
def test_sobel_is_that_of_scipy_sign_and_all(name, axis):
    close(applied(name), interior(ndimage.sobel(IMAGE, axis=axis)))


@pytest.mark.parametrize(("name", "axis"), [("prewitt-x", 1), ("prewitt-y", 0)])
def test_prewitt_is_that_of_scipy_sign_and_all(name, axis):
    close(applied(name), interior(ndimage.prewitt(IMAGE, axis=axis)))


@pytest.mark.parametrize(
    ("name", "theirs", "scale"),
    [
        ("sobel-x", "sobel_v", 4),
        ("sobel-y", "sobel_h", 4),
        ("prewitt-x", "prewitt_v", 3),
        ("prewitt-y", "prewitt_h", 3),
        ("scharr-x", "scharr_v", 16),
        ("scharr-y", "scharr_h", 16),
    ],
)
def test_gradients_are_those_of_skimage_before_it_scales_them(name, theirs, scale):
    close(applied(name) / scale, interior(getattr(filters, theirs)(IMAGE)))


@pytest.mark.parametrize("name", ["sobel", "prewitt", "scharr"])
def test_a_gradient_is_positive_where_values_grow_to_the_right_or_downwards(name):
    ramp = np.tile(np.arange(5), (5, 1))
    assert (conv2d(ramp, kernel(f"{name}-x")).output > 0).all()
    assert (conv2d(ramp, kernel(f"{name}-y")).output == 0).all()
    assert (conv2d(ramp.T, kernel(f"{name}-y")).output > 0).all()
    assert (kernel(f"{name}-y") == kernel(f"{name}-x").T).all()


def test_laplacian_is_that_of_scipy():
    close(applied("laplacian"), interior(ndimage.laplace(IMAGE)))


def test_laplacian_is_that_of_skimage_with_its_sign_turned():
    close(-applied("laplacian"), interior(filters.laplace(IMAGE)))


def test_laplacian_8_adds_the_diagonal_second_differences():
    middle = IMAGE[1:-1, 1:-1]
    corners = IMAGE[:-2, :-2] + IMAGE[:-2, 2:] + IMAGE[2:, :-2] + IMAGE[2:, 2:]
    close(applied("laplacian-8"), interior(ndimage.laplace(IMAGE)) + corners - 4 * middle)


@pytest.mark.parametrize("size", [(3, 3), (5, 5), (1, 7), (2, 2), (2, 5)])
def test_mean_is_the_uniform_filter_of_scipy(size):
    origin = [-1 if n % 2 == 0 else 0 for n in size]  # scipy centres an even filter one cell later
    close(applied("mean", size), interior(ndimage.uniform_filter(IMAGE, size, origin=origin), size))


@pytest.mark.parametrize("size", [(3, 3), (5, 5), (4, 4), (1, 7), (3, 6)])
def test_gaussian_is_an_outer_product_of_binomials(size):
    rows, columns = (special.binom(n - 1, np.arange(n)) for n in size)
    made = kernel("gaussian", size)
    close(made, np.outer(rows, columns) / 2 ** (sum(size) - 2))
    assert made.sum() == 1


def test_gaussian_nears_the_gaussian_filter_of_the_same_width():
    size = (9, 9)
    # a binomial of n steps has a variance of n / 4
    theirs = ndimage.gaussian_filter(IMAGE, sigma=np.sqrt(2), truncate=8)
    assert np.abs(applied("gaussian", size) - interior(theirs, size)).max() < 2.5


@pytest.mark.parametrize("size", [(3, 3), (5, 5), (1, 7), (2, 2), (4, 3)])
def test_identity_copies_the_cell_under_its_centre(size):
    assert (applied("identity", size) == interior(IMAGE, size)).all()


def test_sharpen_is_identity_less_laplacian():
    assert (kernel("sharpen") == kernel("identity") - kernel("laplacian")).all()
    close(applied("sharpen"), interior(IMAGE - ndimage.laplace(IMAGE)))


def test_outline_is_nine_times_what_differs_from_the_mean():
    close(kernel("outline"), 9 * (kernel("identity") - kernel("mean")))
    close(applied("outline"), interior(9 * (IMAGE - ndimage.uniform_filter(IMAGE, 3))))


def test_emboss_is_identity_and_both_prewitts():
    assert (kernel("emboss") == kernel("identity") + kernel("prewitt-x") + kernel("prewitt-y")).all()
    theirs = IMAGE + ndimage.prewitt(IMAGE, axis=0) + ndimage.prewitt(IMAGE, axis=1)
    close(applied("emboss"), interior(theirs))


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_what_a_kernel_makes_of_a_flat_image_shows_its_sum(name):
    flat = conv2d(np.full((5, 5), 9), kernel(name)).output
    keeps = name in ("mean", "gaussian", "identity", "sharpen", "emboss")
    assert (flat == (9 if keeps else 0)).all()


@pytest.mark.parametrize(("alias", "name"), sorted(ALIASES.items()))
def test_an_alias_is_the_kernel_it_stands_for(alias, name):
    assert (kernel(alias) == kernel(name)).all()


@pytest.mark.parametrize("spelling", ["Sobel-X", "sobel_x", "sobel x", "SOBEL_X"])
def test_case_and_separators_of_a_name_do_not_matter(spelling):
    assert (kernel(spelling) == kernel("sobel-x")).all()


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("sobol-x", "sobel-x"),
        ("gausian", "gaussian"),
        ("laplace", "laplacian"),
        ("means", "mean"),
        ("scharx", "scharr-x"),
    ],
)
def test_an_unknown_name_is_refused_naming_the_nearest(wrong, near):
    with pytest.raises(SettingError, match=f"'{wrong}' is unknown: did you mean {near}\\?"):
        kernel(wrong)


def test_a_name_like_no_other_is_refused_listing_all():
    with pytest.raises(SettingError) as refusal:
        kernel("qqqq")
    assert "did you mean" not in str(refusal.value)
    assert all(name in str(refusal.value) for name in KERNELS)


@pytest.mark.parametrize("name", sorted(set(KERNELS) - set(SIZED)))
def test_a_kernel_of_one_size_refuses_others(name):
    assert kernel(name, (3, 3)).shape == (3, 3)
    with pytest.raises(SettingError, match=r"only as 3×3, not 5×5"):
        kernel(name, (5, 5))


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_a_kernel_is_known_by_its_numbers(name):
    found = name_of(kernel(name))
    assert (kernel(found) == kernel(name)).all()
    assert name_of(kernel(name).astype(np.float32)) == found
    assert name_of(kernel(name) + np.eye(3) * 7) == ""


def test_weights_over_a_large_power_of_two_are_integers_again():
    trace = conv2d(np.arange(64).reshape(8, 8), kernel("gaussian", 7))
    assert trace.kernel.divisor == 4096
    assert "/ 4096 = " in str(trace[0].sentence)
    numerators, divisor = over_one_divisor(np.array([2.0**-16, 3.0], dtype=np.float32))
    assert (numerators.tolist(), divisor) == ([1, 3 * 2**16], 2**16)
    random = np.random.default_rng(0).random(9).astype(np.float32)
    assert over_one_divisor(random)[1] == 1


@pytest.mark.parametrize("size", [0, -1, 2.5, (3, 0), "3", True])
def test_a_size_that_is_none_is_refused(size):
    with pytest.raises(SettingError, match="size"):
        kernel("mean", size)
