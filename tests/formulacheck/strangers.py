"""Formulas as a stranger to this package would write them, and the defects that print gives them."""

import math

import numpy as np
from textbook import case, sigmoid, softmax

V = r"$\theta, g \in \mathbb{R}^n$, $\eta > 0$"


def gradient(z, a, b):
    return a * (z - b)


# ------------------------------------------------------------------ optimizers
@case(
    V,
    [
        r"\theta_{t+1} = \theta_t - \eta g_t",
        r"\theta \leftarrow \theta - \eta g",
        r"\theta^{(t+1)} = \theta^{(t)} - \eta\, g^{(t)}",
    ],
    [
        r"\theta_{t+1} = \theta_t + \eta g_t",
        r"\theta_{t+1} = \theta_{t+1} - \eta g_t",
        r"\theta \leftarrow \theta - g / \eta",
        r"\theta^{(t+1)} = \theta^{(t)} + \eta\, g^{(t)}",
    ],
)
def sgd(theta, g, eta):
    theta = theta - eta * g
    return theta


@case(
    r"$\theta, v, g \in \mathbb{R}^n$, $0 < \gamma < 1$",
    [
        r"\begin{align} v_t &= \gamma v_{t-1} + \eta g_t \\ \theta_t &= \theta_{t-1} - v_t \end{align}",
        r"v_t = \gamma v_{t-1} + \eta g_t, \qquad \theta_t = \theta_{t-1} - \gamma v_{t-1} - \eta g_t",
    ],
    [
        r"\begin{align} v_t &= \gamma v_{t-1} - \eta g_t \\ \theta_t &= \theta_{t-1} - v_t \end{align}",
        r"v_t = \gamma v_{t-1} + (1-\gamma) g_t",
        r"\theta_t = \theta_{t-1} - v_{t-1}",
    ],
)
def momentum(theta, v, g, eta=0.01, gamma=0.9):
    v = gamma * v + eta * g
    theta = theta - v
    return theta, v


@case(
    r"$\theta, v, a, b \in \mathbb{R}^n$, $0 < \mu < 1$, $\eta > 0$, $\nabla f$ (`gradient`)",
    [
        r"v_{t+1} = \mu v_t - \eta \nabla f(\theta_t + \mu v_t), \quad \theta_{t+1} = \theta_t + v_{t+1}",
        r"v_{t+1} = \mu v_t - \eta\, a \odot (\theta_t + \mu v_t - b), \quad \theta_{t+1} = \theta_t + "
        r"v_{t+1}",
    ],
    [
        r"v_{t+1} = \mu v_t - \eta\, a \odot (\theta_t - b)",
        r"v_{t+1} = \mu v_t - \eta\, a \odot (\theta_t - \mu v_t - b)",
        r"v_{t+1} = \mu v_t - \eta \nabla f(\theta_t)",
        r"v_{t+1} = \mu v_t, \quad \theta_{t+1} = \theta_t + v_t",
    ],
)
def nesterov(theta, v, a, b, mu, eta):
    v = mu * v - eta * gradient(theta + mu * v, a, b)
    theta = theta + v
    return theta, v


@case(
    r"$w, g \in \mathbb{R}^n$, $m \in \mathbb{R}^n$, $v \in (0,1)^n$, $t \in \mathbb{N}$, $\alpha, "
    r"\epsilon > 0$, "
    r"$\beta_1, \beta_2 \in (0,1)$",
    [
        r"\begin{aligned} m_t &= \beta_1 m_{t-1} + (1-\beta_1) g_t \\ v_t &= \beta_2 v_{t-1} + "
        r"(1-\beta_2) g_t^2 \\"
        r" \hat{m}_t &= \frac{m_t}{1-\beta_1^t}, \quad \hat{v}_t = \frac{v_t}{1-\beta_2^t} \\"
        r" w_{t} &= w_{t-1} - \alpha \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon} \end{aligned}",
        r"w_t = w_{t-1} - \alpha \, \hat m_t \oslash (\sqrt{\hat v_t} + \epsilon)",
    ],
    [
        r"\begin{aligned} m_t &= \beta_1 m_{t-1} + (1-\beta_1) g_t \\ \hat{m}_t &= "
        r"\frac{m_t}{1-\beta_2^t} \end{aligned}",
        r"w_{t} = w_{t-1} - \alpha \frac{\hat{m}_t}{\sqrt{\hat{v}_t + \epsilon}}",
        r"v_t = \beta_2 v_{t-1} + (1-\beta_2) |g_t|",
        r"v_t = (1-\beta_2) v_{t-1} + \beta_2 g_t^2",
    ],
)
def adam_w(w, g, m, v, t, alpha, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    w = w - alpha * m_hat / (np.sqrt(v_hat) + epsilon)
    return w


@case(
    r"$w, g \in \mathbb{R}^n$, $s \in (0,1)^n$, $\eta, \epsilon > 0$, $0 < \rho < 1$",
    [
        r"s_t = \rho s_{t-1} + (1-\rho) g_t \odot g_t",
        r"w_{t+1} = w_t - \frac{\eta}{\sqrt{s_{t+1} + \epsilon}} \odot g_t",
    ],
    [
        r"s_t = \rho s_{t-1} + (1-\rho) g_t",
        r"w_{t+1} = w_t - \frac{\eta}{\sqrt{s_{t+1}} + \epsilon} \odot g_t",
        r"w_{t+1} = w_t - \frac{\eta}{s_{t+1} + \epsilon} \odot g_t",
    ],
)
def rmsprop(w, g, s, eta, rho, epsilon):
    s = rho * s + (1 - rho) * g**2
    w = w - eta / np.sqrt(s + epsilon) * g
    return w, s


@case(
    r"$w, g \in \mathbb{R}^n$, $\eta, \lambda > 0$",
    [
        r"w_{t+1} = (1 - \eta\lambda) w_t - \eta g_t",
        r"w \leftarrow w - \eta (g + \lambda w)",
    ],
    [
        r"w_{t+1} = (1 + \eta\lambda) w_t - \eta g_t",
        r"w_{t+1} = (1 - \lambda) w_t - \eta g_t",
        r"w \leftarrow w - \eta (g - \lambda w)",
    ],
)
def weight_decay(w, g, eta, lam):
    w = w - eta * g - eta * lam * w
    return w


# ------------------------------------------------------------------ recurrent cells
@case(
    r"$x_t \in \mathbb{R}^d$, $h_{t-1} \in \mathbb{R}^m$, $W_{hh} \in \mathbb{R}^{m \times m}$, "
    r"$W_{xh} \in \mathbb{R}^{m \times d}$, $b_h \in \mathbb{R}^m$",
    [
        r"h_t = \tanh(W_{hh} h_{t-1} + W_{xh} x_t + b_h)",
        r"h_t = \tanh\left( [W_{hh}, W_{xh}] \begin{bmatrix} h_{t-1} \\ x_t \end{bmatrix} + b_h \right)",
    ],
    [
        r"h_t = \tanh(W_{hh} h_{t} + W_{xh} x_t + b_h)",
        r"h_t = \tanh(W_{hh} h_{t-1} + W_{xh} x_t - b_h)",
        r"h_t = \tanh(W_{hh}^\top h_{t-1} + W_{xh} x_t + b_h)",
        r"h_t = \tanh(W_{xh} h_{t-1} + W_{hh} x_t + b_h)",
    ],
)
def rnn_cell(x, h, W_hh, W_xh, b_h):
    h = np.tanh(W_hh @ h + W_xh @ x + b_h)
    return h


@case(
    r"$x_t \in \mathbb{R}^d$, $h_{t-1}, c_{t-1} \in \mathbb{R}^m$, $W_f, W_i, W_c, W_o \in \mathbb{R}^{m "
    r"\times (m+d)}$, "
    r"$b_f, b_i, b_c, b_o \in \mathbb{R}^m$",
    [
        r"f_t = \sigma(W_f [h_{t-1}, x_t] + b_f)",
        r"i_t = \sigma\left(W_i \cdot [h_{t-1}, x_t] + b_i\right), \quad \tilde{c}_t = \tanh(W_c \cdot "
        r"[h_{t-1}, x_t] + b_c)",
        r"c_t = f_t \odot c_{t-1} + i_t \odot \tilde c_t",
        r"o_t = \sigma(W_o [h_{t-1}; x_t] + b_o), \quad h_t = o_t \odot \tanh(c_t)",
    ],
    [
        r"f_t = \sigma(W_f [x_t, h_{t-1}] + b_f)",
        r"f_t = \sigma(W_f [h_{t}, x_t] + b_f)",
        r"f_t = \sigma(W_i [h_{t-1}, x_t] + b_f)",
        r"c_t = f_t \odot c_{t-1} - i_t \odot \tilde c_t",
        r"c_t = i_t \odot c_{t-1} + f_t \odot \tilde c_t",
        r"c_t = f_t \odot c_{t} + i_t \odot \tilde c_t",
        r"h_t = o_t \odot c_t",
        r"h_t = o_t \odot \sigma(c_t)",
    ],
)
def lstm_cell(x, h, c, Wf, Wi, Wc, Wo, bf, bi, bc, bo):
    z = np.concatenate([h, x])
    f, i, o = sigmoid(Wf @ z + bf), sigmoid(Wi @ z + bi), sigmoid(Wo @ z + bo)
    c_tilde = np.tanh(Wc @ z + bc)
    c = f * c + i * c_tilde
    h = o * np.tanh(c)
    return h, c


@case(
    r"$x_t \in \mathbb{R}^d$, $h_{t-1} \in \mathbb{R}^m$, $W_z, W_r, W_h \in \mathbb{R}^{m \times d}$, "
    r"$U_z, U_r, U_h \in \mathbb{R}^{m \times m}$",
    [
        r"z_t = \sigma(W_z x_t + U_z h_{t-1})",
        r"\tilde{h}_t = \tanh\bigl(W_h x_t + U_h (r_t \odot h_{t-1})\bigr)",
        r"h_t = (1 - z_t) \odot h_{t-1} + z_t \odot \tilde h_t",
    ],
    [
        r"z_t = \sigma(W_z x_t + U_r h_{t-1})",
        r"\tilde{h}_t = \tanh\bigl(W_h x_t + r_t \odot (U_h h_{t-1})\bigr)",
        r"h_t = z_t \odot h_{t-1} + (1 - z_t) \odot \tilde h_t",
        r"h_t = (1 + z_t) \odot h_{t-1} + z_t \odot \tilde h_t",
    ],
)
def gru_cell(x, h, W_z, U_z, W_r, U_r, W_h, U_h):
    z = sigmoid(W_z @ x + U_z @ h)
    r = sigmoid(W_r @ x + U_r @ h)
    h_tilde = np.tanh(W_h @ x + U_h @ (r * h))
    h = (1 - z) * h + z * h_tilde
    return h


# ------------------------------------------------------------------ attention
@case(
    r"$Q \in \mathbb{R}^{n \times d_k}$, $K \in \mathbb{R}^{m \times d_k}$, $V \in \mathbb{R}^{m \times "
    r"d_v}$",
    [
        r"\operatorname{Attention}(Q, K, V) = \operatorname{softmax}\left(\frac{QK^T}{\sqrt{d_k}}\right) V",
        r"\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\!\left(\frac{Q K^{\top}}{\sqrt{d_k}}\right) V",
    ],
    [
        r"\operatorname{Attention}(Q, K, V) = \operatorname{softmax}\left(QK^T\right) V",
        r"\operatorname{Attention}(Q, K, V) = \operatorname{softmax}\left(\frac{QK^T}{d_k}\right) V",
        r"\operatorname{Attention}(Q, K, V) = \operatorname{softmax}\left(\frac{KQ^T}{\sqrt{d_k}}\right) V",
        r"\operatorname{Attention}(Q, K, V) = \operatorname{softmax}\left(\frac{QK}{\sqrt{d_k}}\right) V",
        r"\operatorname{Attention}(Q, K, V) = \operatorname{softmax}\left(\frac{QK^T}{\sqrt{d_v}}\right) V",
    ],
)
def attention(Q, K, V):
    return softmax(Q @ K.T / np.sqrt(Q.shape[-1])) @ V


@case(
    r"$z \in \mathbb{R}^K$, $\tau > 0$, $p$ (`return`)",
    [
        r"p_i = \frac{\exp(z_i / \tau)}{\sum_{j=1}^K \exp(z_j / \tau)}",
        r"p = \operatorname{softmax}(z / \tau)",
        r"\frac{p_i}{p_j} = e^{(z_i - z_j)/\tau}",
        r"\log p_i = \frac{z_i}{\tau} - \log \sum_{k} e^{z_k/\tau}",
    ],
    [
        r"p_i = \frac{\exp(\tau z_i)}{\sum_{j=1}^K \exp(\tau z_j)}",
        r"p_i = \frac{\exp(z_i / \tau)}{\sum_{j=1}^K \exp(z_j)}",
        r"\frac{p_i}{p_j} = e^{(z_j - z_i)/\tau}",
        r"\log p_i = \frac{z_i}{\tau} + \log \sum_{k} e^{z_k/\tau}",
    ],
)
def tempered(z, tau):
    return softmax(z / tau)


@case(
    r"$x \in \mathbb{R}^n$, $\mathrm{LSE}$ (`logsumexp`)",
    [
        r"\mathrm{LSE}(x) = \log \sum_{i=1}^n e^{x_i}",
        r"\operatorname{LSE}(x) = m + \ln\left(\sum_{i=1}^{n} \exp(x_i - m)\right), \qquad m = \max_i x_i",
        r"\max_i x_i \le \mathrm{LSE}(x) \le \max_i x_i + \log n",
        r"\frac{\partial}{\partial x_j} \mathrm{LSE}(x) = \frac{e^{x_j}}{\sum_{i} e^{x_i}}",
    ],
    [
        r"\mathrm{LSE}(x) = \sum_{i=1}^n \log e^{x_i}",
        r"\operatorname{LSE}(x) = \ln\left(\sum_{i=1}^{n} \exp(x_i - m)\right), \qquad m = \max_i x_i",
        r"\max_i x_i + \log n \le \mathrm{LSE}(x)",
        r"\frac{\partial}{\partial x_j} \mathrm{LSE}(x) = \frac{e^{x_j}}{\sum_{i} e^{x_j}}",
    ],
)
def logsumexp(x):
    return np.log(np.exp(x - x.max()).sum()) + x.max()


# ------------------------------------------------------------------ normalization, statistics
@case(
    r"$x \in \mathbb{R}^m$, $\epsilon > 0$, $\mu_B$ (`mean`), $\sigma_B^2$ (`variance`)",
    [
        r"\mu_B = \frac{1}{m} \sum_{i=1}^m x_i, \quad \sigma_B^2 = \frac1m \sum_{i=1}^m (x_i - \mu_B)^2",
        r"\hat{x}_i = \frac{x_i - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}}, \qquad y_i = \gamma \hat{x}_i + "
        r"\beta",
        r"\sigma_B^2 = \frac1m \sum_{i=1}^m x_i^2 - \mu_B^2",
    ],
    [
        r"\mu_B = \sum_{i=1}^m x_i",
        r"\sigma_B^2 = \frac{1}{m-1} \sum_{i=1}^m (x_i - \mu_B)^2",
        r"\hat{x}_i = \frac{x_i - \mu_B}{\sqrt{\sigma_B^2} + \epsilon}",
        r"\hat{x}_i = \frac{x_i - \mu_B}{\sigma_B^2 + \epsilon}",
        r"y_i = \gamma x_i + \beta",
    ],
)
def batchnorm(x, gamma, beta, epsilon=1e-5):
    mean, variance = x.mean(), x.var()
    x_hat = (x - mean) / np.sqrt(variance + epsilon)
    y = gamma * x_hat + beta
    return y


@case(
    r"$X \in \mathbb{R}^{N \times D}$, $\gamma, \beta \in \mathbb{R}^D$, $\epsilon > 0$",
    [
        r"\mu_n = \frac{1}{D} \sum_{d=1}^{D} X_{nd}, \qquad \sigma_n^2 = \frac{1}{D} \sum_{d=1}^{D} "
        r"(X_{nd} - \mu_n)^2",
        r"Y_{nd} = \gamma_d \frac{X_{nd} - \mu_n}{\sqrt{\sigma_n^2 + \epsilon}} + \beta_d",
    ],
    [
        r"\mu_n = \frac{1}{N} \sum_{d=1}^{D} X_{nd}",
        r"\sigma_n^2 = \frac{1}{D-1} \sum_{d=1}^{D} (X_{nd} - \mu_n)^2",
        r"\mu_d = \frac{1}{N} \sum_{n=1}^{N} X_{nd}",
        r"Y_{nd} = \gamma_n \frac{X_{nd} - \mu_n}{\sqrt{\sigma_n^2 + \epsilon}} + \beta_d",
    ],
)
def layernorm(X, gamma, beta, epsilon=1e-5):
    mu, var = X.mean(1), X.var(1)
    Y = gamma * (X - mu[:, None]) / np.sqrt(var + epsilon)[:, None] + beta
    return Y


@case(
    r"$x \in \mathbb{R}^n$, $s^2$ (`return`)",
    [
        r"s^2 = \frac{1}{n-1} \sum_{i=1}^{n} (x_i - \bar x)^2, \quad \bar{x} = \frac1n \sum_{i=1}^n x_i",
        r"(n - 1)\, s^2 = \sum_{i=1}^{n} x_i^2 - \frac{1}{n} \left( \sum_{i=1}^{n} x_i \right)^2",
    ],
    [
        r"s^2 = \frac{1}{n} \sum_{i=1}^{n} (x_i - \bar x)^2, \quad \bar{x} = \frac1n \sum_{i=1}^n x_i",
        r"s^2 = \frac{1}{n-1} \sum_{i=1}^{n} (x_i + \bar x)^2, \quad \bar{x} = \frac1n \sum_{i=1}^n x_i",
        r"s^2 = \frac{1}{n-1} \sum_{i=1}^{n} |x_i - \bar x|, \quad \bar{x} = \frac1n \sum_{i=1}^n x_i",
    ],
)
def bessel(x):
    return x.var(ddof=1)


@case(
    r"$X \sim \operatorname{Bernoulli}(p)$ (`x`), $0 < p < 1$, $y$ (`return`)",
    [
        r"\mathbb{E}[y] = w",
        r"\operatorname{Var}(y) = w^2 \frac{1-p}{p}",
        r"\mathbb{E}[y^2] = \frac{w^2}{p}",
    ],
    [
        r"\mathbb{E}[y] = p w",
        r"\operatorname{Var}(y) = w^2 \frac{p}{1-p}",
        r"\operatorname{Var}(y) = w \frac{1-p}{p}",
    ],
)
def dropout(x, w, p=0.5):
    return w * x / p


@case(
    r"$x \sim \mathcal{N}(\mu, \sigma^2)$, $\sigma > 0$, $y$ (`return`)",
    [
        r"\mathbb{E}[y] = a\mu + b, \qquad \operatorname{Var}[y] = a^2\sigma^2",
        r"\mathbb{E}[(y - \mathbb{E}[y])^2] = \mathbb{E}[y^2] - \mathbb{E}[y]^2",
    ],
    [
        r"\mathbb{E}[y] = a\mu",
        r"\operatorname{Var}[y] = a\sigma^2",
        r"\operatorname{Var}[y] = a^2\sigma^2 + b",
    ],
)
def linear_of_normal(x, a, b, mu, sigma):
    return a * x + b


# ------------------------------------------------------------------ convolution
@case(
    r"$x \in \mathbb{R}^{7}$, $w \in \mathbb{R}^{k}$, $y$ (`return`)",
    [
        r"y[n] = \sum_m x[n+m] w[m]",
        r"y[n] = \sum_{m=0}^{k-1} w[m]\, x[n + m]",
        r"y_n = \sum_{m=1}^{k} w_m x_{n+m-1}",
        r"(x \star w)[n] = \sum_{m=0}^{k-1} x[n+m]\, w[m]",
    ],
    [
        r"y[n] = \sum_m x[n-m] w[m]",
        r"y[n] = \sum_{m=0}^{k} w[m]\, x[n + m]",
        r"y_n = \sum_{m=1}^{k} w_m x_{n+m}",
        r"y[n] = \sum_{m=0}^{k-1} w[n]\, x[n + m]",
        r"(x \star w)[n] = \sum_{m=0}^{k-1} x[n-m]\, w[m]",
    ],
)
def cross_correlation(x, w):
    k = len(w)
    return np.array([x[n : n + k] @ w for n in range(len(x) - k + 1)])


@case(
    r"$I \in \mathbb{R}^{5 \times 6}$, $K \in \mathbb{R}^{2 \times 3}$, $S$ (`return`)",
    [
        r"S(i, j) = \sum_m \sum_n I(i+m, j+n) K(m, n)",
        r"S_{i,j} = \sum_{m=0}^{1} \sum_{n=0}^{2} I_{i+m,\,j+n} K_{m,n}",
        r"S[i, j] = \sum_{m,n} I[i+m, j+n]\, K[m, n]",
    ],
    [
        r"S(i, j) = \sum_m \sum_n I(i-m, j-n) K(m, n)",
        r"S(i, j) = \sum_m \sum_n I(i+m, j+n) K(n, m)",
        r"S_{i,j} = \sum_{m=0}^{1} \sum_{n=0}^{2} I_{j+m,\,i+n} K_{m,n}",
        r"S_{i,j} = \sum_{m=1}^{1} \sum_{n=0}^{2} I_{i+m,\,j+n} K_{m,n}",
    ],
)
def convolve2d(I, K):  # noqa: E741
    h, w = K.shape
    rows, columns = I.shape[0] - h + 1, I.shape[1] - w + 1
    return np.array([[np.sum(I[i : i + h, j : j + w] * K) for j in range(columns)] for i in range(rows)])


@case(
    r"$X \in \mathbb{R}^{C \times 6}$, $W \in \mathbb{R}^{O \times C \times 3}$, $b \in \mathbb{R}^O$",
    [
        r"Y_{o,i} = b_o + \sum_{c=1}^{C} \sum_{k=1}^{3} W_{o,c,k} X_{c,\,i+k-1}",
    ],
    [
        r"Y_{o,i} = b_i + \sum_{c=1}^{C} \sum_{k=1}^{3} W_{o,c,k} X_{c,\,i+k-1}",
        r"Y_{o,i} = b_o + \sum_{c=1}^{C} \sum_{k=1}^{3} W_{o,c,k} X_{c,\,i+k}",
        r"Y_{o,i} = b_o + \sum_{c=1}^{C} \sum_{k=1}^{3} W_{c,o,k} X_{c,\,i+k-1}",
    ],
)
def conv1d(X, W, b):
    n = X.shape[1] - W.shape[2] + 1
    Y = np.stack([np.einsum("ock,ck->o", W, X[:, i : i + W.shape[2]]) for i in range(n)], 1) + b[:, None]
    return Y


@case(
    r"$W, K, S \in \mathbb{N}$, $P \in \mathbb{N}$, $O$ (`return`)",
    [
        r"O = \left\lfloor \frac{W - K + 2P}{S} \right\rfloor + 1",
        r"O = \lfloor (W - K + 2P)/S \rfloor + 1",
    ],
    [
        r"O = \left\lfloor \frac{W - K + P}{S} \right\rfloor + 1",
        r"O = \left\lfloor \frac{W - K + 2P}{S} \right\rfloor",
        r"O = \left\lfloor \frac{W + K + 2P}{S} \right\rfloor + 1",
        r"O = \left\lceil \frac{W - K + 2P}{S} \right\rceil + 1",
        r"O = \frac{W - K + 2P}{S} + 1",
    ],
)
def output_size(W, K, P, S):
    return (W - K + 2 * P) // S + 1


@case(
    r"$k, s \in \mathbb{N}^L$, $r$ (`return`), $l = 1, \dots, L$",
    [
        r"r_l = r_{l-1} + (k_l - 1) \prod_{i=1}^{l-1} s_i, \quad r_0 = 1",
        r"r_L = 1 + \sum_{l=1}^{L} (k_l - 1) \prod_{i=1}^{l-1} s_i",
    ],
    [
        r"r_l = r_{l-1} + k_l \prod_{i=1}^{l-1} s_i, \quad r_0 = 1",
        r"r_l = r_{l-1} + (k_l - 1) \prod_{i=1}^{l} s_i, \quad r_0 = 1",
        r"r_l = r_{l-1} + (k_l - 1) \prod_{i=1}^{l-1} s_i, \quad r_0 = 0",
    ],
)
def receptive_field(k, s):
    return 1 + np.cumsum((k - 1) * np.concatenate([[1], np.cumprod(s)[:-1]]))


@case(
    r"$x \in \mathbb{R}^n$, $p > 1$, $y$ (`return`)",
    [
        r"y = \left( \frac{1}{n} \sum_{i=1}^{n} |x_i|^p \right)^{1/p}",
        r"y = \sqrt[p]{\frac1n \sum_{i=1}^n |x_i|^p} \le \max_i |x_i|",
        r"y = n^{-1/p} \lVert x \rVert_p",
    ],
    [
        r"y = \left( \sum_{i=1}^{n} |x_i|^p \right)^{1/p}",
        r"y = \left( \frac{1}{n} \sum_{i=1}^{n} |x_i|^p \right)^{p}",
        r"y = \frac1n \lVert x \rVert_p",
        r"y = n^{1/p} \lVert x \rVert_p",
    ],
)
def lp_pool(x, p):
    return np.mean(np.abs(x) ** p) ** (1 / p)


@case(
    r"$a, b \in [0, 1]$, $f_{00}, f_{01}, f_{10}, f_{11} \in \mathbb{R}$, $f$ (`return`)",
    [
        r"f = (1-a)(1-b) f_{00} + (1-a) b f_{01} + a (1-b) f_{10} + a b f_{11}",
        r"f = \begin{bmatrix} 1-a & a \end{bmatrix} \begin{bmatrix} f_{00} & f_{01} \\ f_{10} & f_{11} "
        r"\end{bmatrix}"
        r" \begin{bmatrix} 1-b \\ b \end{bmatrix}",
    ],
    [
        r"f = (1-a)(1-b) f_{00} + (1-a) b f_{10} + a (1-b) f_{01} + a b f_{11}",
        r"f = (1-a)(1-b) f_{00} + (1-a) b f_{01} + a (1-b) f_{10} - a b f_{11}",
        r"f = (1-a)(1-b) f_{00} + a b f_{01} + a (1-b) f_{10} + a b f_{11}",
    ],
)
def bilinear(a, b, f00, f01, f10, f11):
    return (1 - a) * ((1 - b) * f00 + b * f01) + a * ((1 - b) * f10 + b * f11)


# ------------------------------------------------------------------ metrics
@case(
    r"$tp > 0$, $fp > 0$, $fn > 0$, $\beta > 0$",
    [
        r"P = \frac{TP}{TP + FP}, \qquad R = \frac{TP}{TP + FN}",
        r"F_\beta = (1+\beta^2) \frac{P \cdot R}{\beta^2 P + R}",
        r"F_\beta = \frac{(1+\beta^2)\, \mathrm{TP}}{(1+\beta^2)\, \mathrm{TP} + \beta^2 \mathrm{FN} + "
        r"\mathrm{FP}}",
    ],
    [
        r"P = \frac{TP}{TP + FN}",
        r"R = \frac{TP}{TP - FN}",
        r"F_\beta = (1+\beta^2) \frac{P \cdot R}{P + \beta^2 R}",
        r"F_\beta = (1+\beta) \frac{P \cdot R}{\beta^2 P + R}",
        r"F_\beta = \frac{(1+\beta^2)\, \text{TP}}{(1+\beta^2)\, \text{TP} + \text{FN} + \beta^2 \text{FP}}",
    ],
)
def f_beta(tp, fp, fn, beta):
    P, R = tp / (tp + fp), tp / (tp + fn)
    F_beta = (1 + beta**2) * P * R / (beta**2 * P + R)
    return F_beta


@case(
    r"$s^+ \in \mathbb{R}^m$ (`pos`), $s^- \in \mathbb{R}^n$ (`neg`), $\mathrm{AUC}$ (`return`)",
    [
        r"\mathrm{AUC} = \frac{1}{mn} \sum_{i=1}^{m} \sum_{j=1}^{n} \left( \mathbb{1}[s^+_i > s^-_j] + "
        r"\frac12 "
        r"\mathbb{1}[s^+_i = s^-_j] \right)",
        r"AUC = \frac{1}{mn} \sum_{i=1}^{m} \sum_{j=1}^{n} \begin{cases} 1 & s^+_i > s^-_j \\ 1/2 & s^+_i "
        r"= s^-_j \\"
        r" 0 & \text{otherwise} \end{cases}",
    ],
    [
        r"\mathrm{AUC} = \frac{1}{mn} \sum_{i=1}^{m} \sum_{j=1}^{n} \mathbb{1}[s^+_i > s^-_j]",
        r"\mathrm{AUC} = \frac{1}{mn} \sum_{i=1}^{m} \sum_{j=1}^{n} \mathbb{1}[s^+_i \ge s^-_j]",
        r"\mathrm{AUC} = \frac{1}{m} \sum_{i=1}^{m} \sum_{j=1}^{n} \left( \mathbb{1}[s^+_i > s^-_j] + "
        r"\frac12 "
        r"\mathbb{1}[s^+_i = s^-_j] \right)",
        r"\mathrm{AUC} = \frac{1}{mn} \sum_{i=1}^{m} \sum_{j=1}^{n} \left( \mathbb{1}[s^+_i < s^-_j] + "
        r"\frac12 "
        r"\mathbb{1}[s^+_i = s^-_j] \right)",
    ],
)
def mann_whitney(pos, neg):
    d = pos[:, None] - neg
    return np.mean((d > 0) + 0.5 * (d == 0))


@case(
    r"$A \subseteq \mathbb{Z}^{9}$, $B \subseteq \mathbb{Z}^{9}$",
    [
        r"\mathrm{IoU} = \frac{|A \cap B|}{|A \cup B|}",
        r"\operatorname{IoU}(A, B) = \frac{|A \cap B|}{|A| + |B| - |A \cap B|}",
        r"J(A, B) = \frac{|A \cap B|}{|A \cup B|}",
    ],
    [
        r"\mathrm{IoU} = \frac{|A \cup B|}{|A \cap B|}",
        r"\operatorname{IoU}(A, B) = \frac{|A \cap B|}{|A| + |B|}",
        r"J(A, B) = \frac{2|A \cap B|}{|A| + |B|}",
    ],
)
def iou(A, B):
    return (A & B).sum() / (A | B).sum()


@case(
    r"$y, \hat{y} \in \mathbb{R}^n$",
    [
        r"R^2 = 1 - \frac{\sum_{i} (y_i - \hat y_i)^2}{\sum_i (y_i - \bar y)^2}, \quad \bar y = \frac1n "
        r"\sum_{i=1}^n y_i",
        r"R^2 = 1 - \frac{SS_{res}}{SS_{tot}}",
    ],
    [
        r"R^2 = \frac{\sum_{i} (y_i - \hat y_i)^2}{\sum_i (y_i - \bar y)^2}, \quad \bar y = \frac1n "
        r"\sum_{i=1}^n y_i",
        r"R^2 = 1 - \frac{\sum_{i} (y_i - \bar y)^2}{\sum_i (y_i - \hat y_i)^2}, \quad \bar y = \frac1n "
        r"\sum_{i=1}^n y_i",
        r"R^2 = 1 + \frac{SS_{res}}{SS_{tot}}",
    ],
)
def r_squared(y, y_hat):
    SS_res, SS_tot = ((y - y_hat) ** 2).sum(), ((y - y.mean()) ** 2).sum()
    R2 = 1 - SS_res / SS_tot
    return R2


# ------------------------------------------------------------------ objectives
@case(
    r"$X \in \mathbb{R}^{n \times d}$, $w \in \mathbb{R}^d$, $y \in \mathbb{R}^n$, $\lambda > 0$, $J(w)$ "
    r"(`return`)",
    [
        r"J(w) = \frac{1}{2n} \lVert Xw - y \rVert_2^2 + \frac{\lambda}{2} \lVert w \rVert_2^2",
        r"J(w) = \frac{1}{2n} (Xw - y)^T (Xw - y) + \frac{\lambda}{2} w^T w",
        r"J(w) = \frac{1}{2n} \sum_{i=1}^{n} \left(\sum_{j=1}^{d} X_{ij} w_j - y_i\right)^2 + "
        r"\frac\lambda2 \sum_{j=1}^d w_j^2",
        r"\nabla_w J(w) = \frac1n X^T (Xw - y) + \lambda w",
    ],
    [
        r"J(w) = \frac{1}{2n} \lVert Xw - y \rVert_2 + \frac{\lambda}{2} \lVert w \rVert_2^2",
        r"J(w) = \frac{1}{n} \lVert Xw - y \rVert_2^2 + \frac{\lambda}{2} \lVert w \rVert_2^2",
        r"J(w) = \frac{1}{2n} \lVert Xw + y \rVert_2^2 + \frac{\lambda}{2} \lVert w \rVert_2^2",
        r"J(w) = \frac{1}{2n} \lVert Xw - y \rVert_2^2 + \frac{\lambda}{2} \lVert w \rVert_1",
        r"\nabla_w J(w) = \frac1n X (Xw - y) + \lambda w",
        r"\nabla_w J(w) = \frac2n X^T (Xw - y) + \lambda w",
        r"\nabla_w J(w) = \frac1n X^T (y - Xw) + \lambda w",
    ],
)
def ridge(X, w, y, lam):
    return ((X @ w - y) ** 2).sum() / (2 * len(y)) + lam / 2 * (w @ w)


@case(
    r"$w, x \in \mathbb{R}^d$, $\lambda > 0$, $E(w)$ (`return`)",
    [
        r"E(w) = (t - w^\top x)^2 + \lambda \sum_{j} |w_j|",
        r"E(w) = (t - \langle w, x \rangle)^2 + \lambda \|w\|_1",
    ],
    [
        r"E(w) = (t - w^\top x)^2 + \lambda \sum_{j} w_j",
        r"E(w) = (t - w^\top x)^2 + \lambda \|w\|_2",
        r"E(w) = (t + w^\top x)^2 + \lambda \|w\|_1",
    ],
)
def lasso(w, x, t, lam):
    return (t - w @ x) ** 2 + lam * np.abs(w).sum()


@case(
    r"$P, Q \in \Delta^{K-1}$, $D_{KL}$ (`return`)",
    [
        r"D_{KL}(P \| Q) = \sum_{k=1}^K P_k \log \frac{P_k}{Q_k}",
        r"D_{\mathrm{KL}}(P \parallel Q) = \sum_{i} P(i) \ln \frac{P(i)}{Q(i)}",
        r"D_{KL} = -\sum_{k=1}^K P_k \log Q_k - H, \qquad H = -\sum_{k=1}^K P_k \log P_k",
        r"D_{KL} \ge 0",
    ],
    [
        r"D_{KL}(P \| Q) = \sum_{k=1}^K P_k \log \frac{Q_k}{P_k}",
        r"D_{KL}(P \| Q) = \sum_{k=1}^K Q_k \log \frac{P_k}{Q_k}",
        r"D_{KL} = -\sum_{k=1}^K P_k \log Q_k + H, \qquad H = -\sum_{k=1}^K P_k \log P_k",
        r"D_{KL}(P \| Q) = \sum_{k=1}^K \log \frac{P_k}{Q_k}",
        r"D_{KL} \le 0",
    ],
)
def kl(P, Q):
    return np.sum(P * np.log(P / Q))


@case(
    r"$p \in \Delta^{n-1}$",
    [
        r"H(p) = -\sum_{i=1}^{n} p_i \log_2 p_i",
        r"H(p) = \sum_{i=1}^{n} p_i \log_2 \frac{1}{p_i} \le \log_2 n",
        r"H(p) = -\frac{1}{\ln 2} \sum_{i=1}^{n} p_i \ln p_i",
    ],
    [
        r"H(p) = \sum_{i=1}^{n} p_i \log_2 p_i",
        r"H(p) = -\sum_{i=1}^{n} p_i \log p_i",
        r"H(p) = -\sum_{i=1}^{n} \log_2 p_i",
        r"H(p) = -\sum_{i=1}^{n-1} p_i \log_2 p_i",
    ],
)
def entropy(p):
    return -np.sum(p * np.log2(p))


@case(
    r"$p_t \in (0, 1)$ (`p`), $\gamma \ge 0$, $\alpha_t > 0$ (`alpha`)",
    [
        r"FL(p_t) = -\alpha_t (1 - p_t)^\gamma \log(p_t)",
        r"\mathrm{FL}(p_t) = \alpha_t (1 - p_t)^\gamma \log\left(\frac{1}{p_t}\right) \ge 0",
    ],
    [
        r"FL(p_t) = \alpha_t (1 - p_t)^\gamma \log(p_t)",
        r"FL(p_t) = -\alpha_t p_t^\gamma \log(p_t)",
        r"FL(p_t) = -\alpha_t (1 - p_t)^\gamma \log(1 - p_t)",
        r"\mathrm{FL}(p_t) = -(1 - p_t)^\gamma \log(p_t)",
    ],
)
def focal_loss(p, alpha, gamma):
    return -alpha * (1 - p) ** gamma * np.log(p)


@case(
    r"$a \in \mathbb{R}$, $\delta > 0$, $L_\delta$ (`return`)",
    [
        r"L_\delta(a) = \begin{cases} \frac{1}{2} a^2 & \text{for } |a| \le \delta, \\ \delta \cdot "
        r"\left(|a| - \frac12"
        r"\delta\right), & \text{otherwise.} \end{cases}",
        r"L_{\delta}(a) = \left\{ \begin{array}{ll} \frac{1}{2}{a^2} & \textrm{if } |a| < \delta \\ "
        r"\delta (|a| - "
        r"\frac{1}{2} \delta) & \textrm{if } |a| \ge \delta \end{array} \right.",
        r"L_\delta'(a) = \begin{cases} a & \text{if } |a| \le \delta \\ \delta \operatorname{sgn}(a) & "
        r"\text{if } |a| > "
        r"\delta \end{cases}",
    ],
    [
        r"L_\delta(a) = \begin{cases} \frac{1}{2} a^2 & |a| \le \delta \\ \delta (|a| + \frac12\delta) & "
        r"\text{otherwise} "
        r"\end{cases}",
        r"L_\delta(a) = \begin{cases} \frac{1}{2} a^2 & a \le \delta \\ \delta (|a| - \frac12\delta) & "
        r"\text{otherwise} "
        r"\end{cases}",
        r"L_\delta(a) = \begin{cases} a^2 & |a| \le \delta \\ \delta (|a| - \frac12\delta) & "
        r"\text{otherwise} \end{cases}",
        r"L_\delta(a) = \begin{cases} \frac{1}{2} a^2 & |a| < \delta \\ \delta (|a| - \frac12\delta) & "
        r"|a| > \delta "
        r"\end{cases}",
    ],
)
def huber(a, delta):
    return np.where(np.abs(a) <= delta, 0.5 * a**2, delta * (np.abs(a) - 0.5 * delta))


@case(
    r"$a, p, n \in \mathbb{R}^d$, $\alpha > 0$, $L$ (`return`)",
    [
        r"L = \max\left( \lVert a - p \rVert_2^2 - \lVert a - n \rVert_2^2 + \alpha,\ 0 \right)",
        r"L(a, p, n) = \left[ \|a - p\|^2 - \|a - n\|^2 + \alpha \right]_+",
    ],
    [
        r"L = \max\left( \lVert a - n \rVert_2^2 - \lVert a - p \rVert_2^2 + \alpha,\ 0 \right)",
        r"L = \max\left( \lVert a - p \rVert_2^2 - \lVert a - n \rVert_2^2 - \alpha,\ 0 \right)",
        r"L = \max\left( \lVert a - p \rVert_2 - \lVert a - n \rVert_2 + \alpha,\ 0 \right)",
    ],
)
def triplet(a, p, n, alpha):
    return max(((a - p) ** 2).sum() - ((a - n) ** 2).sum() + alpha, 0.0)


@case(
    r"$z \in \mathbb{R}^K$, $c \in \{1, \dots, K\}$, $\ell$ (`return`)",
    [
        r"\ell = -z_c + \log \sum_{k=1}^{K} e^{z_k}",
        r"\ell = -\log \frac{e^{z_c}}{\sum_{k=1}^K e^{z_k}}",
    ],
    [
        r"\ell = z_c - \log \sum_{k=1}^{K} e^{z_k}",
        r"\ell = -z_c + \sum_{k=1}^{K} e^{z_k}",
        r"\ell = -\log \frac{e^{z_c}}{\sum_{k=1}^K e^{z_c}}",
    ],
)
def nll(z, c):
    return np.log(np.exp(z).sum()) - z[c - 1]


# ------------------------------------------------------------------ activations
@case(
    r"$x \in \mathbb{R}$",
    [
        r"\operatorname{mish}(x) = x \tanh(\ln(1 + e^x))",
        r"\text{Mish}(x) = x \cdot \tanh(\operatorname{softplus}(x))",
        r"\operatorname{mish}(x) = x\, \frac{(1+e^x)^2 - 1}{(1+e^x)^2 + 1}",
    ],
    [
        r"\operatorname{mish}(x) = x \tanh(\ln(1 - e^x))",
        r"\operatorname{mish}(x) = \tanh(\ln(1 + e^x))",
        r"\operatorname{mish}(x) = x\, \frac{(1+e^x)^2 + 1}{(1+e^x)^2 - 1}",
    ],
)
def mish(x):
    return x * np.tanh(np.log1p(np.exp(x)))


@case(
    r"$x \in \mathbb{R}$, $\zeta$ (`softplus`)",
    [
        r"\zeta(x) = \log(1 + \exp(x))",
        r"\zeta'(x) = \sigma(x)",
        r"\frac{d}{dx} \zeta(x) = \frac{1}{1 + e^{-x}}",
        r"\zeta(x) - \zeta(-x) = x",
        r"\frac{d^2 \zeta}{dx^2}(x) = \sigma(x)\left(1 - \sigma(x)\right)",
    ],
    [
        r"\zeta(x) = \log(1 + \exp(-x))",
        r"\zeta'(x) = \sigma(-x)",
        r"\zeta(x) - \zeta(-x) = -x",
        r"\zeta''(x) = \sigma(x)\left(1 + \sigma(x)\right)",
    ],
)
def softplus(x):
    return np.log1p(np.exp(x))


@case(
    r"$x \in \mathbb{R}$",
    [
        r"\mathrm{GELU}(x) = x \Phi(x) = x \cdot \frac12 \left[ 1 + \operatorname{erf}\left( x / \sqrt{2} "
        r"\right) \right]",
        r"\mathrm{GELU}'(x) = \Phi(x) + x \phi(x), \quad \phi(x) = \frac{1}{\sqrt{2\pi}} e^{-x^2/2}",
        r"\mathrm{GELU}(x) \approx 0.5 x \left(1 + \tanh\left[\sqrt{2/\pi}\left(x + 0.044715 "
        r"x^3\right)\right]\right)"
        "% tol: 1e-3\n",
    ],
    [
        r"\mathrm{GELU}(x) = x \cdot \frac12 \left[ 1 + \operatorname{erf}\left( x \right) \right]",
        r"\mathrm{GELU}(x) = x \cdot \left[ 1 + \operatorname{erf}\left( x / \sqrt{2} \right) \right]",
        r"\mathrm{GELU}'(x) = \Phi(x) - x \phi(x), \quad \phi(x) = \frac{1}{\sqrt{2\pi}} e^{-x^2/2}",
        r"\mathrm{GELU}(x) \approx 0.5 x \left(1 + \tanh\left[\sqrt{2/\pi}\left(x + 0.44715 "
        r"x^3\right)\right]\right)"
        "% tol: 1e-3\n",
    ],
)
def gelu(x):
    return x * 0.5 * (1 + math.erf(x / math.sqrt(2)))


@case(
    r"$x \in \mathbb{R}$, $\beta \in \mathbb{R}$",
    [
        r"\operatorname{Swish}_\beta(x) = x \sigma(\beta x) = \frac{x}{1 + e^{-\beta x}}",
        r"\operatorname{swish}(x) = x \cdot \sigma(\beta x)",
        r"\frac{d}{dx} \operatorname{swish}(x) = \sigma(\beta x) + \beta x\, \sigma(\beta x) (1 - "
        r"\sigma(\beta x))",
    ],
    [
        r"\operatorname{Swish}_\beta(x) = x \sigma(x)",
        r"\operatorname{swish}(x) = \frac{x}{1 + e^{\beta x}}",
        r"\frac{d}{dx} \operatorname{swish}(x) = \sigma(\beta x) + x\, \sigma(\beta x) (1 - \sigma(\beta x))",
    ],
)
def swish(x, beta):
    return x * sigmoid(beta * x)


@case(
    r"$w, x \in \mathbb{R}^n$, $\hat y$ (`return`)",
    [
        r"\hat y = \begin{cases} 1 & \text{if } w^T x + b > 0 \\ 0 & \text{otherwise} \end{cases}",
        r"\hat{y} = \mathbb{I}\left[ \sum_{i=1}^n w_i x_i + b > 0 \right]",
    ],
    [
        r"\hat y = \begin{cases} 1 & \text{if } w^T x + b < 0 \\ 0 & \text{otherwise} \end{cases}",
        r"\hat y = \begin{cases} 1 & \text{if } w^T x + b \ge 0 \\ 0 & \text{otherwise} \end{cases}",
        r"\hat{y} = \mathbb{I}\left[ \sum_{i=1}^n w_i x_i - b > 0 \right]",
    ],
)
def perceptron(w, x, b):
    return 1 if w @ x + b > 0 else 0


@case(
    r"$w, x \in \mathbb{R}^n$, $\eta > 0$, $y \in \{-1, 1\}$",
    [
        r"w \leftarrow w + \eta y x \,\mathbb{1}[y\, w^\top x \le 0]",
        r"w_{t+1} = w_t + \eta\, y\, x \, \mathbb{1}[y\, w_t^\top x \le 0]",
    ],
    [
        r"w \leftarrow w - \eta y x \,\mathbb{1}[y\, w^\top x \le 0]",
        r"w \leftarrow w + \eta y x \,\mathbb{1}[y\, w^\top x < 0]",
        r"w \leftarrow w + \eta x \,\mathbb{1}[y\, w^\top x \le 0]",
    ],
)
def perceptron_step(w, x, y, eta):
    if y * (w @ x) <= 0:
        w = w + eta * y * x
    return w


@case(
    r"$z \in \mathbb{R}^K$",
    [
        r"\hat{c} = \operatorname*{arg\,max}_{k} z_k",
        r"\hat c = \arg\max_k \frac{e^{z_k}}{\sum_j e^{z_j}}",
        r"z_{\hat c} = \max_k z_k",
    ],
    [
        r"\hat{c} = \operatorname*{arg\,min}_{k} z_k",
        r"\hat c = \arg\max_k \frac{e^{-z_k}}{\sum_j e^{-z_j}}",
        r"z_{\hat c} = \min_k z_k",
    ],
)
def predict(z):
    c_hat = int(np.argmax(z)) + 1
    return c_hat


# ------------------------------------------------------------------ backpropagation
@case(
    r"$x \in \mathbb{R}^{n \times d}$, $W \in \mathbb{R}^{d \times m}$, $b \in \mathbb{R}^m$, $g \in "
    r"\mathbb{R}^{n \times m}$,"
    r" $g = \partial L / \partial y$",
    [
        r"\frac{\partial L}{\partial W} = x^T \frac{\partial L}{\partial y}",
        r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} W^T",
        r"\frac{\partial L}{\partial b_j} = \sum_{i=1}^{n} \frac{\partial L}{\partial y_{ij}}",
        r"\frac{\partial L}{\partial W_{kj}} = \sum_i x_{ik} \frac{\partial L}{\partial y_{ij}}",
    ],
    [
        r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial y} x^T",
        r"\frac{\partial L}{\partial W} = x \frac{\partial L}{\partial y}",
        r"\frac{\partial L}{\partial x} = W^T \frac{\partial L}{\partial y}",
        r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} W",
        r"\frac{\partial L}{\partial b_j} = \frac1n \sum_{i=1}^{n} \frac{\partial L}{\partial y_{ij}}",
        r"\frac{\partial L}{\partial W_{kj}} = \sum_i x_{ki} \frac{\partial L}{\partial y_{ij}}",
    ],
)
def linear_backward(x, W, b, g):
    dW, dx, db = x.T @ g, g @ W.T, g.sum(0)
    return dx, dW, db


@case(
    r"$x \in \mathbb{R}^n$, $W \in \mathbb{R}^{n \times n}$, $y$ (`return`)",
    [
        r"y = x + \tanh(Wx)",
        r"\frac{\partial y}{\partial x} = I + \operatorname{diag}\left(1 - \tanh^2(Wx)\right) W",
        r"\frac{\partial y_i}{\partial x_j} = \delta_{ij} + (1 - \tanh^2(\sum_k W_{ik} x_k)) W_{ij}",
    ],
    [
        r"\frac{\partial y}{\partial x} = \operatorname{diag}\left(1 - \tanh^2(Wx)\right) W",
        r"\frac{\partial y}{\partial x} = I + W \operatorname{diag}\left(1 - \tanh^2(Wx)\right)",
        r"\frac{\partial y_i}{\partial x_j} = \delta_{ij} + (1 - \tanh^2(\sum_k W_{ik} x_k)) W_{ji}",
        r"\frac{\partial y}{\partial x} = I - \operatorname{diag}\left(1 - \tanh^2(Wx)\right) W",
    ],
)
def residual(x, W):
    return x + np.tanh(W @ x)


@case(
    r"$x \in \mathbb{R}^{n_0}$, $W^{(1)} \in \mathbb{R}^{n_1 \times n_0}$, $b^{(1)} \in \mathbb{R}^{n_1}$, "
    r"$W^{(2)} \in \mathbb{R}^{n_2 \times n_1}$, $b^{(2)} \in \mathbb{R}^{n_2}$",
    [
        r"\begin{aligned} z^{(1)} &= W^{(1)} x + b^{(1)} \\ a^{(1)} &= \sigma(z^{(1)}) \\ z^{(2)} &= "
        r"W^{(2)} a^{(1)} + b^{(2)}"
        r"\end{aligned}",
        r"z^{[2]} = W^{[2]} \sigma(W^{[1]} x + b^{[1]}) + b^{[2]}",
    ],
    [
        r"z^{(1)} = W^{(1)} x + b^{(2)}",
        r"z^{(2)} = W^{(2)} z^{(1)} + b^{(2)}",
        r"a^{(1)} = \sigma(z^{(2)})",
        r"z^{(2)} = W^{(1)} a^{(1)} + b^{(2)}",
    ],
)
def mlp(x, W1, b1, W2, b2):
    z1 = W1 @ x + b1
    a1 = sigmoid(z1)
    z2 = W2 @ a1 + b2
    return z2


@case(
    r"$x, w \in \mathbb{R}^n$, $a$ (`return`)",
    [
        r"\frac{da}{dz} = a(1-a), \quad \frac{\partial a}{\partial w_i} = a(1-a) x_i, \quad z = "
        r"\sum_{i=1}^n w_i x_i + b",
        r"\nabla_w a = a(1-a)\, x",
        r"\frac{\partial a}{\partial w} = \frac{\partial a}{\partial z} \frac{\partial z}{\partial w}",
    ],
    [
        r"\frac{da}{dz} = a(1+a)",
        r"\nabla_w a = a(1-a)\, w",
        r"\frac{\partial a}{\partial w_i} = (1-a) x_i",
    ],
)
def neuron(x, w, b):
    z = w @ x + b
    return sigmoid(z)


# ------------------------------------------------------------------ linear algebra, probability
@case(
    r"$a, b \in \mathbb{R}^n$",
    [
        r"\operatorname{sim}(a, b) = \frac{a^\top b}{\lVert a \rVert_2 \lVert b \rVert_2}",
        r"\operatorname{sim}(a, b) = \frac{\sum_{i=1}^n a_i b_i}{\sqrt{\sum_{i=1}^n a_i^2} \cdot "
        r"\sqrt{\sum_{i=1}^n b_i^2}}",
    ],
    [
        r"\operatorname{sim}(a, b) = \frac{a^\top b}{\lVert a \rVert_2^2 \lVert b \rVert_2^2}",
        r"\operatorname{sim}(a, b) = \frac{a^\top b}{\lVert a \rVert_2 + \lVert b \rVert_2}",
        r"\operatorname{sim}(a, b) = \frac{\sum_{i=1}^n a_i b_i}{\sqrt{\sum_{i=1}^n a_i^2 b_i^2}}",
    ],
)
def sim(a, b):
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


@case(
    r"$A \in \mathbb{R}^{m \times n}$, $x \in \mathbb{R}^n$, $y$ (`return`)",
    [
        r"y_i = \sum_{j=1}^{n} A_{ij} x_j, \quad i = 1, \dots, m",
        r"y = Ax",
        r"y^T = x^T A^T",
        r"\frac{\partial y}{\partial x} = A",
    ],
    [
        r"y_i = \sum_{j=1}^{n} A_{ji} x_j",
        r"y = A^T x",
        r"y = xA",
        r"y_i = \sum_{i=1}^{n} A_{ij} x_j",
        r"\frac{\partial y}{\partial x} = A^T",
    ],
)
def matvec(A, x):
    return A @ x


@case(
    r"$x \in \mathbb{R}^n$",
    [
        r"\lVert x \rVert_1 = \sum_{i=1}^n |x_i|",
        r"n_1 = \|x\|_1, \quad n_2 = \sqrt{\sum_{i=1}^n x_i^2}, \quad n_\infty = \max_i |x_i|",
        r"n_\infty \le n_2 \le n_1 \le \sqrt{n}\, n_2",
    ],
    [
        r"n_2 = \sum_{i=1}^n x_i^2",
        r"n_\infty = \max_i x_i",
        r"n_1 \le n_2 \le n_\infty",
        r"n_1 = \left|\sum_{i=1}^n x_i\right|",
    ],
)
def norms(x):
    n_1, n_2, n_infty = np.abs(x).sum(), np.sqrt((x**2).sum()), np.abs(x).max()
    return n_1, n_2, n_infty


@case(
    r"$x, \mu \in \mathbb{R}^d$, $\Sigma \succ 0$, $\Sigma \in \mathbb{R}^{d \times d}$, $p(x)$ (`return`)",
    [
        r"p(x) = \frac{1}{\sqrt{(2\pi)^d \det \Sigma}} \exp\left( -\frac12 (x-\mu)^\top \Sigma^{-1} "
        r"(x-\mu) \right)",
    ],
    [
        r"p(x) = \frac{1}{\sqrt{(2\pi)^d \det \Sigma}} \exp\left( \frac12 (x-\mu)^\top \Sigma^{-1} "
        r"(x-\mu) \right)",
        r"p(x) = \frac{1}{\sqrt{2\pi \det \Sigma}} \exp\left( -\frac12 (x-\mu)^\top \Sigma^{-1} (x-\mu) "
        r"\right)",
        r"p(x) = \frac{1}{\sqrt{(2\pi)^d \det \Sigma}} \exp\left( -\frac12 (x-\mu)^\top \Sigma (x-\mu) "
        r"\right)",
    ],
)
def gaussian(x, mu, Sigma):
    d, r = len(x), x - mu
    return np.exp(-0.5 * r @ np.linalg.solve(Sigma, r)) / np.sqrt((2 * np.pi) ** d * np.linalg.det(Sigma))


@case(
    r"$y \in \{0, 1\}^n$, $p \in (0, 1)^n$, $\mathcal{L}$ (`return`)",
    [
        r"\mathcal{L} = \prod_{i=1}^n p_i^{y_i} (1 - p_i)^{1 - y_i}",
        r"\log \mathcal{L} = \sum_{i=1}^n \left[ y_i \log p_i + (1 - y_i) \log (1 - p_i) \right]",
    ],
    [
        r"\mathcal{L} = \sum_{i=1}^n p_i^{y_i} (1 - p_i)^{1 - y_i}",
        r"\mathcal{L} = \prod_{i=1}^n p_i^{1 - y_i} (1 - p_i)^{y_i}",
        r"\log \mathcal{L} = \sum_{i=1}^n \left[ y_i \log p_i - (1 - y_i) \log (1 - p_i) \right]",
    ],
)
def likelihood(y, p):
    return np.prod(np.where(y == 1, p, 1 - p))


@case(
    r"$x \in \mathbb{R}$, $l < r$, $f(x)$ (`return`)",
    [
        r"f(x) = \begin{cases} 0 & x \le l \\ \begin{cases} 2x & x < 0 \\ x & x \ge 0 \end{cases} & l < x "
        r"\le r \\ 1 & x > r "
        r"\end{cases}",
    ],
    [
        r"f(x) = \begin{cases} 0 & x \le l \\ \begin{cases} 2x & x > 0 \\ x & x \le 0 \end{cases} & l < x "
        r"\le r \\ 1 & x > r "
        r"\end{cases}",
        r"f(x) = \begin{cases} 0 & x \le l \\ \begin{cases} 2x & x < 0 \\ x & x \ge 0 \end{cases} & l < x "
        r"< r \\ 1 & x \ge r "
        r"\end{cases}",
        r"f(x) = \begin{cases} 1 & x \le l \\ \begin{cases} 2x & x < 0 \\ x & x \ge 0 \end{cases} & l < x "
        r"\le r \\ 1 & x > r "
        r"\end{cases}",
    ],
)
def pieces(x, l, r):  # noqa: E741
    if x <= l:
        return 0.0
    return (2 * x if x < 0 else x) if x <= r else 1.0


@case(
    r"$t, T \in \mathbb{N}$, $\eta_t$ (`return`), $\eta_{max} > 0$, $\eta_{min} > 0$",
    [
        r"\eta_t = \eta_{min} + \frac{1}{2} (\eta_{max} - \eta_{min}) \left( 1 + \cos\left( \frac{t "
        r"\pi}{T} \right) \right)",
        r"\eta_t = \eta_{\min} + (\eta_{\max} - \eta_{\min}) \cos^2 \left( \frac{\pi t}{2T} \right)",
    ],
    [
        r"\eta_t = \eta_{min} + (\eta_{max} - \eta_{min}) \left( 1 + \cos\left( \frac{t \pi}{T} \right) "
        r"\right)",
        r"\eta_t = \eta_{min} + \frac{1}{2} (\eta_{max} - \eta_{min}) \left( 1 - \cos\left( \frac{t "
        r"\pi}{T} \right) \right)",
        r"\eta_t = \eta_{\max} + \frac{1}{2} (\eta_{\max} - \eta_{\min}) \left( 1 + \cos\left( \frac{t "
        r"\pi}{T} \right) \right)",
    ],
)
def cosine_schedule(t, T, eta_max, eta_min):
    return eta_min + (eta_max - eta_min) * (1 + np.cos(np.pi * t / T)) / 2


@case(
    r"$g \in \mathbb{R}^n$, $\tau > 0$",
    [
        r"\hat g = \begin{cases} g & \|g\| \le \tau \\ \tau \frac{g}{\|g\|} & \|g\| > \tau \end{cases}",
        r"\hat{g} = \frac{g}{\max(1, \lVert g \rVert_2 / \tau)}",
    ],
    [
        r"\hat g = \begin{cases} g & \|g\| \ge \tau \\ \tau \frac{g}{\|g\|} & \|g\| < \tau \end{cases}",
        r"\hat g = \begin{cases} g & \|g\| \le \tau \\ \frac{g}{\|g\|} & \|g\| > \tau \end{cases}",
        r"\hat{g} = \frac{g}{\min(1, \lVert g \rVert_2 / \tau)}",
    ],
)
def clip(g, tau):
    norm = np.linalg.norm(g)
    g_hat = g * tau / norm if norm > tau else g
    return g_hat


@case(
    r"$y, \hat y \in \mathbb{R}^n$",
    [
        r"MSE = \frac{1}{n} \sum_{i=1}^n (y_i - \hat{y}_i)^2, \qquad RMSE = \sqrt{MSE}",
        r"MAE = \frac1n \sum_{i=1}^n |y_i - \hat y_i| \le RMSE",
        r"\frac{\partial\, MSE}{\partial \hat y_i} = \frac{2}{n} (\hat y_i - y_i)",
    ],
    [
        r"MSE = \sum_{i=1}^n (y_i - \hat{y}_i)^2",
        r"RMSE = MSE^2",
        r"MAE = \left| \frac1n \sum_{i=1}^n (y_i - \hat y_i) \right|",
        r"\frac{\partial\, MSE}{\partial \hat y_i} = \frac{2}{n} (y_i - \hat y_i)",
    ],
)
def errors(y, y_hat):
    MSE = np.mean((y - y_hat) ** 2)
    RMSE = np.sqrt(MSE)
    MAE = np.mean(np.abs(y - y_hat))
    return MSE, RMSE, MAE


@case(
    r"$t \in \mathbb{N}$, $d$ (`d_model`), $d \in \mathbb{N}$, $PE$ (`return`), $i \in \mathbb{N}$",
    [
        r"PE = \sin(t / 10000^{2i/d})",
    ],
    [
        r"PE = \cos(t / 10000^{2i/d})",
        r"PE = \sin(t / 10000^{i/d})",
        r"PE = \sin(t \cdot 10000^{2i/d})",
    ],
)
def positional(t, i, d_model):
    return np.sin(t / 10000 ** (2 * i / d_model))


@case(
    r"$X \in \mathbb{R}^{n \times d}$, $C$ (`return`), $\bar x \in \mathbb{R}^d$",
    [
        r"C = \frac{1}{n} X^T X - \mu \mu^T, \quad \mu = \frac{1}{n} X^T \mathbf{1}",
        r"C_{jk} = \frac1n \sum_{i=1}^n (X_{ij} - \mu_j)(X_{ik} - \mu_k), \quad \mu_j = \frac1n "
        r"\sum_{i=1}^n X_{ij}",
    ],
    [
        r"C = \frac{1}{n} X X^T - \mu \mu^T, \quad \mu = \frac{1}{n} X^T \mathbf{1}",
        r"C = \frac{1}{n-1} X^T X - \mu \mu^T, \quad \mu = \frac{1}{n} X^T \mathbf{1}",
        r"C_{jk} = \frac1n \sum_{i=1}^n (X_{ij} - \mu_j)(X_{ik} + \mu_k), \quad \mu_j = \sum_{i=1}^n X_{ij}",
    ],
)
def covariance(X):
    r = X - X.mean(0)
    return r.T @ r / len(X)


@case(
    r"$x, g \in \mathbb{R}^n$",
    [
        r"\frac{\partial L}{\partial x_i} = \begin{cases} g_i & x_i > 0 \\ 0 & x_i \le 0 \end{cases}",
        r"\frac{\partial L}{\partial x} = g \odot \mathbb{1}[x > 0]",
        r"\frac{\partial L}{\partial x_i} = g_i\, \mathbb{1}_{\{x_i > 0\}}",
    ],
    [
        r"\frac{\partial L}{\partial x_i} = \begin{cases} g_i & x_i \ge 0 \\ 0 & x_i < 0 \end{cases}",
        r"\frac{\partial L}{\partial x_i} = \begin{cases} x_i & x_i > 0 \\ 0 & x_i \le 0 \end{cases}",
        r"\frac{\partial L}{\partial x_i} = g_i\, \mathbb{1}_{\{x_i < 0\}}",
    ],
)
def relu_backward(x, g):
    dx = np.where(x > 0, g, 0.0)
    return dx


@case(
    r"$p > 0$, $q > 0$, $x > 0$",
    [
        r"\int_0^x t \, dt = \frac{x^2}{2}",
        r"y = \frac{1}{p} x^p",
        r"\frac{dy}{dx} = x^{p - 1}",
    ],
    [
        r"\frac{dy}{dx} = p\, x^{p - 1}",
        r"\frac{dy}{dx} = x^{p}",
        r"y = p\, x^p",
    ],
)
def power_rule(x, p, q=1.0):
    y = x**p / p
    return y

# ------------------------------------------------------------------ a second hand
@case(
    r"$z \in \mathbb{R}^K$, $y \in \{1, \dots, K\}$, $L$ (`return`)",
    [
        r"L = \max\left(0, 1 + \max_{k \neq y} z_k - z_y\right)",
        r"L = \max_{k \ne y} \left[ 1 + z_k - z_y \right]_+",
    ],
    [
        r"L = \max\left(0, 1 + \max_{k} z_k - z_y\right)",
        r"L = \max\left(0, 1 - \max_{k \neq y} z_k - z_y\right)",
        r"L = \max(0, 1 + z_y - \max_{k \ne y} z_k)",
    ],
)
def hinge_mc(z, y):
    others = np.delete(z, y - 1)
    return max(0.0, 1 + others.max() - z[y - 1])


@case(
    r"$S \in \mathbb{R}^{n \times n}$, $\tau > 0$, $\ell \in \mathbb{R}^n$ (`return`)",
    [
        r"\ell_i = -\log \frac{\exp(S_{ii} / \tau)}{\sum_{k=1}^n \exp(S_{ik}/\tau)}",
    ],
    [
        r"\ell_i = -\log \frac{\exp(S_{ii} / \tau)}{\sum_{k=1}^n \exp(S_{ki}/\tau)}",
        r"\ell_i = -\log \frac{\exp(S_{ii} / \tau)}{\sum_{k=1}^n \mathbb{1}_{[k \neq i]} "
        r"\exp(S_{ik}/\tau)}",
    ],
)
def infonce(S, tau):
    return np.log(np.exp(S / tau).sum(1)) - np.diag(S) / tau


@case(
    r"$y \in \Delta^{K-1}$, $0 < \alpha < 1$, $y^{LS}$ (`return`)",
    [
        r"y_k^{LS} = (1 - \alpha) y_k + \frac{\alpha}{K}",
    ],
    [
        r"y_k^{LS} = (1 - \alpha) y_k + \frac{\alpha}{K - 1}",
        r"y_k^{LS} = \alpha y_k + \frac{\alpha}{K}",
    ],
)
def smooth(y, alpha):
    return (1 - alpha) * y + alpha / len(y)


@case(
    r"$p \in (0,1)^N$",
    [
        r"PPL = \exp\left(-\frac{1}{N} \sum_{i=1}^{N} \log p_i\right)",
        r"PPL = \prod_{i=1}^N p_i^{-1/N}",
        r"\mathrm{PPL} = \sqrt[N]{\prod_{i=1}^{N} \frac{1}{p_i}}",
    ],
    [
        r"PPL = \exp\left(\frac{1}{N} \sum_{i=1}^{N} \log p_i\right)",
        r"PPL = \exp\left(-\sum_{i=1}^{N} \log p_i\right)",
        r"PPL = 2^{-\frac{1}{N} \sum_{i=1}^{N} \log p_i}",
    ],
)
def ppl(p):
    return np.exp(-np.log(p).mean())


@case(
    r"$n_{in}, n_{out} \in \mathbb{N}$, $a$ (`return`)",
    [
        r"a = \sqrt{\frac{6}{n_{in} + n_{out}}}",
        r"a = \sqrt{3} \sqrt{\frac{2}{n_{\mathrm{in}} + n_{\mathrm{out}}}}",
    ],
    [
        r"a = \sqrt{\frac{6}{n_{in} n_{out}}}",
        r"a = \frac{6}{n_{in} + n_{out}}",
        r"a = \sqrt{\frac{2}{n_{in} + n_{out}}}",
    ],
)
def glorot(n_in, n_out):
    return math.sqrt(6 / (n_in + n_out))


@case(
    r"$d, t, w \in \mathbb{N}$, $lr$ (`return`)",
    [
        r"lr = d^{-0.5} \cdot \min(t^{-0.5}, t \cdot w^{-1.5})",
    ],
    [
        r"lr = d^{-0.5} \cdot \max(t^{-0.5}, t \cdot w^{-1.5})",
        r"lr = d^{0.5} \cdot \min(t^{-0.5}, t \cdot w^{-1.5})",
    ],
)
def noam(d, t, w):
    return d**-0.5 * min(t**-0.5, t * w**-1.5)


@case(
    r"$\mu, \sigma \in \mathbb{R}^d$, $\sigma > 0$, $D_{\mathrm{KL}}$ (`return`)",
    [
        r"D_{\mathrm{KL}} = \frac{1}{2} \sum_{j=1}^{d} \left( \mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1 "
        r"\right)",
    ],
    [
        r"D_{\mathrm{KL}} = \frac{1}{2} \sum_{j=1}^{d} \left( \mu_j^2 + \sigma_j^2 + \log \sigma_j^2 - 1 "
        r"\right)",
        r"D_{\mathrm{KL}} = \frac{1}{2} \sum_{j=1}^{d} \left( \mu_j^2 + \sigma_j^2 - \log \sigma_j - 1 "
        r"\right)",
        r"D_{\mathrm{KL}} = -\frac{1}{2} \sum_{j=1}^{d} \left( \mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1 "
        r"\right)",
    ],
)
def vae_kl(mu, sigma):
    return 0.5 * np.sum(mu**2 + sigma**2 - np.log(sigma**2) - 1)


@case(
    r"$c, r > 0$",
    [
        r"BP = \begin{cases} 1 & \text{if } c > r \\ e^{1 - r/c} & \text{if } c \leq r \end{cases}",
        r"\mathrm{BP} = \exp(\min(0, 1 - r/c))",
    ],
    [
        r"BP = \begin{cases} 1 & \text{if } c > r \\ e^{1 - c/r} & \text{if } c \leq r \end{cases}",
        r"BP = \begin{cases} 1 & \text{if } c < r \\ e^{1 - r/c} & \text{if } c \geq r \end{cases}",
    ],
)
def bp(c, r):
    return 1.0 if c > r else math.exp(1 - r / c)


@case(
    r"$rel \in \{0,1,2\}^n$",
    [
        r"DCG = \sum_{i=1}^{n} \frac{2^{rel_i} - 1}{\log_2(i + 1)}",
        r"\mathrm{DCG} = \sum_{i=1}^{n} \frac{2^{\mathrm{rel}_i} - 1}{\log_2(i + 1)}",
    ],
    [
        r"DCG = \sum_{i=1}^{n} \frac{2^{rel_i} - 1}{\log_2(i)}",
        r"DCG = \sum_{i=1}^{n} \frac{2^{rel_i}}{\log_2(i + 1)}",
        r"DCG = \sum_{i=1}^{n} \frac{rel_i}{\log_2(i + 1)}",
    ],
)
def dcg(rel):
    return np.sum((2.0**rel - 1) / np.log2(np.arange(len(rel)) + 2))


@case(
    r"$y \in \mathbb{R}$, $q \in \mathbb{R}$, $\tau \in (0,1)$, $\rho_\tau$ (`return`)",
    [
        r"\rho_\tau(y, q) = \begin{cases} \tau (y - q) & y \ge q \\ (1 - \tau)(q - y) & y < q \end{cases}",
        r"\rho_\tau = \max(\tau(y-q), (\tau - 1)(y - q))",
    ],
    [
        r"\rho_\tau(y, q) = \begin{cases} (1-\tau) (y - q) & y \ge q \\ \tau(q - y) & y < q \end{cases}",
        r"\rho_\tau = \min(\tau(y-q), (\tau - 1)(y - q))",
    ],
)
def pinball(y, q, tau):
    e = y - q
    return max(tau * e, (tau - 1) * e)


@case(
    r"$x \in \mathbb{R}^n$, $p \ge 1$, $y \in \mathbb{R}^n$",
    [
        r"d(x, y) = \left(\sum_{i=1}^n |x_i - y_i|^p\right)^{\frac{1}{p}}",
        r"d(x, y) = \lVert x - y \rVert_p",
    ],
    [
        r"d(x, y) = \left(\sum_{i=1}^n |x_i - y_i|\right)^{\frac{1}{p}}",
        r"d(x, y) = \sum_{i=1}^n |x_i - y_i|^p",
        r"d(x, y) = \left(\sum_{i=1}^n |x_i + y_i|^p\right)^{\frac{1}{p}}",
    ],
)
def minkowski(x, y, p):
    return np.sum(np.abs(x - y) ** p) ** (1 / p)


@case(
    r"$k, c_{in}, c_{out} \in \mathbb{N}$, $N$ (`return`)",
    [
        r"N = (k^2 c_{in} + 1) c_{out}",
        r"N = k \times k \times c_{in} \times c_{out} + c_{out}",
    ],
    [
        r"N = k^2 c_{in} c_{out} + 1",
        r"N = (k c_{in} + 1) c_{out}",
        r"N = (k^2 c_{out} + 1) c_{in}",
    ],
)
def conv_params(k, c_in, c_out):
    return (k * k * c_in + 1) * c_out


@case(
    r"$X \in \mathbb{R}^{6 \times 6}$, $k \in \{2, 3\}$, $Y$ (`return`)",
    [
        r"Y_{ij} = \max_{0 \le a, b < k} X_{i + a, j + b}",
        r"Y_{i,j} = \max_{a \in \{0, \dots, k-1\}} \max_{b \in \{0, \dots, k-1\}} X_{i+a, j+b}",
    ],
    [
        r"Y_{ij} = \max_{0 \le a, b \le k} X_{i + a, j + b}",
        r"Y_{ij} = \min_{0 \le a, b < k} X_{i + a, j + b}",
        r"Y_{ij} = \max_{0 \le a, b < k} X_{i - a, j + b}",
    ],
)
def maxpool(X, k):
    n = len(X) - k + 1
    return np.array([[X[i:i+k, j:j+k].max() for j in range(n)] for i in range(n)])


@case(
    r"$X \in \mathbb{R}^{n \times d}$, $w \in \mathbb{R}^d$, $y \in \{0,1\}^n$, $J$ (`return`)",
    [
        r"J = -\frac{1}{n} \sum_{i=1}^n \left[ y_i \log \hat y_i + (1-y_i) \log(1 - \hat y_i) \right], "
        r"\quad \hat y_i = \sigma\left(\sum_j X_{ij} w_j + b\right)",
        r"\frac{\partial J}{\partial w} = \frac{1}{n} X^T (\hat{y} - y)",
        r"\frac{\partial J}{\partial b} = \frac{1}{n} \sum_{i=1}^n (\hat y_i - y_i)",
        r"\hat y = \sigma(Xw + b)",
        r"\hat{\mathbf y} = \sigma(\mathbf X \mathbf w + b \mathbf 1)",
    ],
    [
        r"\frac{\partial J}{\partial w} = \frac{1}{n} X^T (y - \hat{y})",
        r"\frac{\partial J}{\partial w} = X^T (\hat{y} - y)",
        r"\frac{\partial J}{\partial b} = \sum_{i=1}^n (\hat y_i - y_i)",
        r"\hat y = \sigma(Xw - b)",
    ],
)
def logreg(X, w, y, b):
    y_hat = sigmoid(X @ w + b)
    return -np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))


@case(
    r"$x \in \mathbb{R}^{n_0}$, $t \in \mathbb{R}^{n_2}$, $W^{(1)} \in \mathbb{R}^{n_1 \times n_0}$, "
    r"$W^{(2)} \in \mathbb{R}^{n_2 \times n_1}$, $\delta^{(1)}$ (`d1`), $\delta^{(2)}$ (`d2`)",
    [
        r"\delta^{(1)} = \left( (W^{(2)})^T \delta^{(2)} \right) \odot \sigma'(z^{(1)})",
        r"\frac{\partial L}{\partial W^{(1)}} = \delta^{(1)} x^T",
        r"\frac{\partial L}{\partial W^{(2)}} = \delta^{(2)} (a^{(1)})^\top",
        r"\delta^{(2)} = a^{(2)} - t",
        r"L = \tfrac12 \lVert a^{(2)} - t \rVert^2",
    ],
    [
        r"\delta^{(1)} = \left( W^{(2)} \delta^{(2)} \right) \odot \sigma'(z^{(1)})",
        r"\delta^{(1)} = \left( (W^{(2)})^T \delta^{(2)} \right) \odot \sigma'(a^{(1)})",
        r"\frac{\partial L}{\partial W^{(1)}} = x (\delta^{(1)})^T",
        r"\frac{\partial L}{\partial W^{(2)}} = \delta^{(1)} (a^{(1)})^\top",
    ],
)
def backprop(x, t, W1, W2):
    z1 = W1 @ x
    a1 = sigmoid(z1)
    a2 = W2 @ a1
    L = 0.5 * np.sum((a2 - t) ** 2)
    d2 = a2 - t
    d1 = (W2.T @ d2) * a1 * (1 - a1)
    dW1, dW2 = np.outer(d1, x), np.outer(d2, a1)
    return dW1, dW2


@case(
    r"$x \in \mathbb{R}^n$, $p \in \Delta^{n-1}$, $v$ (`return`)",
    [
        r"v = \sum_{i=1}^n p_i (x_i - \mu)^2, \quad \mu = \sum_{j=1}^n p_j x_j",
    ],
    [
        r"v = \sum_{i=1}^n p_i (x_i - \mu), \quad \mu = \sum_{j=1}^n p_j x_j",
        r"v = \sum_{i=1}^n (x_i - \mu)^2, \quad \mu = \sum_{j=1}^n p_j x_j",
    ],
)
def discrete_variance(x, p):
    return p @ x**2 - (p @ x) ** 2


@case(
    r"$x \in \mathbb{R}^n$, $v$ (`return`)",
    [
        r"v = \mathbb{E}[x^2] - (\mathbb{E}[x])^2",
        r"v = \mathbb{E}[x^2] - \mathbb{E}[x]^2",
        r"v = \operatorname{Var}(x)",
        r"v = \frac{1}{n}\sum_{i=1}^n x_i^2 - \left(\frac1n \sum_{i=1}^n x_i\right)^2",
        r"v = \frac{1}{n^2} \sum_{i<j} (x_i - x_j)^2",
    ],
    [
        r"v = \mathbb{E}[x^2] + (\mathbb{E}[x])^2",
        r"v = \frac{1}{n}\sum_{i=1}^n x_i^2 - \frac1n \sum_{i=1}^n x_i",
        r"v = \frac{1}{n^2} \sum_{i,j} (x_i - x_j)^2",
    ],
)
def pvar(x):
    return x.var()


@case(
    r"$x \in \mathbb{R}$",
    [
        r"\operatorname{softsign}(x) = \frac{x}{1 + |x|}",
        r"\operatorname{softsign}'(x) = \frac{1}{(1 + |x|)^2}",
    ],
    [
        r"\operatorname{softsign}(x) = \frac{x}{1 + x}",
        r"\operatorname{softsign}(x) = \frac{|x|}{1 + |x|}",
        r"\operatorname{softsign}'(x) = \frac{1}{1 + |x|^2}",
    ],
)
def softsign(x):
    return x / (1 + np.abs(x))


@case(
    r"$x \in \mathbb{R}$, $f$ (`return`)",
    [
        r"f(x) = \log\cosh x",
        r"f(x) = \ln\left(\frac{e^x + e^{-x}}{2}\right)",
        r"f'(x) = \tanh x",
        r"\frac{df}{dx} = \tanh(x)",
    ],
    [
        r"f(x) = \ln\left(\frac{e^x - e^{-x}}{2}\right)",
        r"f(x) = \cosh(\log x)",
        r"f'(x) = \tanh^2 x",
        r"f'(x) = \log\cosh x",
        r"f'(x) = -\tanh x",
    ],
)
def logcosh(x):
    return np.log(np.cosh(x))


@case(
    r"$\text{TP}, \text{FP}, \text{FN} > 0$",
    [
        r"\text{Precision} = \frac{\text{TP}}{\text{TP}+\text{FP}}",
        r"\text{F1} = \frac{2 \cdot \text{Precision} \cdot \text{Recall}}{\text{Precision} + "
        r"\text{Recall}}",
        r"F_1 = \frac{2 TP}{2 TP + FP + FN}",
    ],
    [
        r"\text{Precision} = \frac{\text{TP}}{\text{TP}+\text{FN}}",
        r"\text{F1} = \frac{\text{Precision} \cdot \text{Recall}}{\text{Precision} + \text{Recall}}",
        r"F_1 = \frac{TP}{2 TP + FP + FN}",
    ],
)
def f1(TP, FP, FN):
    precision, recall = TP / (TP + FP), TP / (TP + FN)
    return 2 * precision * recall / (precision + recall)


@case(
    r"$x \in \mathbb{R}^{d}$, $W \in \mathbb{R}^{d \times m}$, $b \in \mathbb{R}^m$, $y$ (`return`)",
    [
        r"y_j = \sum_{i=1}^{d} x_i W_{ij} + b_j",
        r"y = W^\top x + b",
    ],
    [
        r"y = Wx + b",
        r"y_j = \sum_{i=1}^{d} x_i W_{ji} + b_j",
        r"y_j = \sum_{i=1}^{d} x_i W_{ij} + b_i",
    ],
)
def dense(x, W, b):
    return x @ W + b


@case(
    r"$X \in \mathbb{R}^{n \times d}$, $W \in \mathbb{R}^{d \times m}$, $b \in \mathbb{R}^m$, $Y$ "
    r"(`return`)",
    [
        r"Y = XW + \mathbf{1} b^\top",
        r"Y = XW + b",
    ],
    [
        r"Y = XW - b",
        r"Y = XW^\top + b",
        r"Y = WX + b",
    ],
)
def dense_batch(X, W, b):
    return X @ W + b


@case(
    r"$x \in \mathbb{R}^n$, $y$ (`return`), $\gamma \in \mathbb{R}^n$, $\epsilon > 0$",
    [
        r"y_i = \frac{x_i}{\mathrm{RMS}(x)} \gamma_i, \quad \mathrm{RMS}(x) = \sqrt{\frac{1}{n} "
        r"\sum_{i=1}^n x_i^2 + \epsilon}",
        r"y = \frac{x}{\sqrt{\frac{1}{n} \|x\|_2^2 + \epsilon}} \odot \gamma",
    ],
    [
        r"y_i = \frac{x_i}{\mathrm{RMS}(x)} \gamma_i, \quad \mathrm{RMS}(x) = \sqrt{\sum_{i=1}^n x_i^2 + "
        r"\epsilon}",
        r"y = \frac{x}{\sqrt{\frac{1}{n} \|x\|_2 + \epsilon}} \odot \gamma",
    ],
)
def rmsnorm(x, gamma, epsilon):
    return x / np.sqrt(np.mean(x**2) + epsilon) * gamma


@case(
    r"$x \in \mathbb{R}^2$, $\theta \in \mathbb{R}$, $y$ (`return`)",
    [
        r"y = \begin{pmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{pmatrix} x",
        r"\begin{bmatrix} y_1 \\ y_2 \end{bmatrix} = \begin{bmatrix} x_1 \cos \theta - x_2 \sin \theta \\ "
        r"x_1 \sin \theta + x_2 \cos \theta \end{bmatrix}",
    ],
    [
        r"y = \begin{pmatrix} \cos\theta & \sin\theta \\ -\sin\theta & \cos\theta \end{pmatrix} x",
        r"y = \begin{pmatrix} \cos\theta & -\sin\theta \\ \sin\theta & -\cos\theta \end{pmatrix} x",
    ],
)
def rotate(x, theta):
    c, s = np.cos(theta), np.sin(theta)
    return np.array([c * x[0] - s * x[1], s * x[0] + c * x[1]])


@case(
    r"$x \in \mathbb{R}^n$, $\alpha \in (0, 1)$, $s_0 \in \mathbb{R}$, $s$ (`return`)",
    [
        r"s_t = \alpha x_t + (1 - \alpha) s_{t-1}",
        r"s_t = (1-\alpha)^t s_0 + \alpha \sum_{k=1}^{t} (1-\alpha)^{t-k} x_k",
    ],
    [
        r"s_t = \alpha s_{t-1} + (1 - \alpha) x_t",
        r"s_t = \alpha x_t + (1 - \alpha) s_{t}",
        r"s_t = \alpha x_t - (1 - \alpha) s_{t-1}",
    ],
)
def ema(x, alpha, s0):
    out, s = [], s0
    for v in x:
        s = alpha * v + (1 - alpha) * s
        out.append(s)
    return np.array(out)


@case(
    r"$p \in (0,1)^n$, $y \in \{0,1\}^n$",
    [
        r"\mathrm{Brier} = \frac{1}{n} \sum_{i=1}^{n} (p_i - y_i)^2",
    ],
    [
        r"\mathrm{Brier} = \frac{1}{n} \sum_{i=1}^{n} |p_i - y_i|",
        r"\mathrm{Brier} = \sum_{i=1}^{n} (p_i - y_i)^2",
    ],
)
def brier(p, y):
    return np.mean((p - y) ** 2)


@case(
    r"$A \in \mathbb{R}^{n \times n}$, $B \in \mathbb{R}^{n \times n}$, $C$ (`return`)",
    [
        r"C = AB - BA",
        r"C_{ij} = \sum_{k=1}^{n} (A_{ik} B_{kj} - B_{ik} A_{kj})",
        r"\operatorname{tr}(C) = 0",
        r"C^\top = B^\top A^\top - A^\top B^\top",
    ],
    [
        r"C = AB + BA",
        r"C = BA - AB",
        r"C_{ij} = \sum_{k=1}^{n} (A_{ik} B_{jk} - B_{ik} A_{kj})",
    ],
)
def commutator(A, B):
    return A @ B - B @ A


@case(
    r"$a \in \mathbb{R}^n$, $b \in \mathbb{R}^m$, $C$ (`return`)",
    [
        r"C = a \otimes b",
        r"C = a b^T",
        r"C_{ij} = a_i b_j",
    ],
    [
        r"C = b a^T",
        r"C_{ij} = a_j b_i",
        r"C = a^T b",
        r"C = b \otimes a",
    ],
)
def outer(a, b):
    return np.outer(a, b)


@case(
    r"$w \in \mathbb{R}^n$, $\lambda > 0$, $\Omega$ (`return`)",
    [
        r"\Omega(w) = \lambda_1 \sum_i |w_i| + \lambda_2 \sum_i w_i^2",
    ],
    [
        r"\Omega(w) = \lambda_2 \sum_i |w_i| + \lambda_1 \sum_i w_i^2",
        r"\Omega(w) = \lambda_1 \sum_i |w_i| + \lambda_2 \sqrt{\sum_i w_i^2}",
    ],
)
def elastic(w, lam1, lam2):
    return lam1 * np.abs(w).sum() + lam2 * (w**2).sum()


@case(
    r"$x \in \mathbb{R}^n$, $y \in \mathbb{R}^n$, $r$ (`return`)",
    [
        r"r = \frac{\sum_{i} (x_i - \bar x)(y_i - \bar y)}{\sqrt{\sum_i (x_i - \bar x)^2} \sqrt{\sum_i "
        r"(y_i - \bar y)^2}}, \quad \bar x = \frac1n \sum_i x_i,\ \bar y = \frac1n \sum_i y_i",
        r"r = \frac{\operatorname{Cov}(x, y)}{\sqrt{\operatorname{Var}(x) \operatorname{Var}(y)}}",
        r"-1 \le r \le 1",
        r"|r| \le 1",
    ],
    [
        r"r = \frac{\operatorname{Cov}(x, y)}{\operatorname{Var}(x) \operatorname{Var}(y)}",
        r"0 \le r \le 1",
    ],
)
def pearson(x, y):
    return np.corrcoef(x, y)[0, 1]


# ------------------------------------------------------------------ true, refused, cured as the message says
CURED = [  # (function, symbols, display, the cure, the display or the symbols with it)
    (
        sgd,
        V,
        r"\theta_{t+1} = \theta_t - \eta \nabla_\theta L(\theta_t)",
        "(`name`)",
        r"$\nabla_\theta L(\theta_t)$ (`g`)",
    ),
    (
        sim,
        r"$a, b \in \mathbb{R}^n$",
        r"\cos\theta = \frac{a \cdot b}{\|a\| \|b\|}",
        "(`return`)",
        r"$\cos\theta$ (`return`)",
    ),
    (
        attention,
        r"$Q \in \mathbb{R}^{n \times d_k}$, $K \in \mathbb{R}^{m \times d_k}$, $V \in \mathbb{R}^{m "
        r"\times d_v}$",
        r"\text{Attention}(Q, K, V)_{ij} = \sum_{l=1}^{m} \frac{\exp(q_i \cdot k_l / \sqrt{d_k})}"
        r"{\sum_{p=1}^{m} \exp(q_i \cdot k_p / \sqrt{d_k})} V_{lj}",
        "$q$ (`name`)",
        "$q$ (`Q`), $k$ (`K`)",
    ),
    (
        ridge,
        r"$X \in \mathbb{R}^{n \times d}$, $w \in \mathbb{R}^d$, $y \in \mathbb{R}^n$, $\lambda > 0$, "
        r"$J(w)$ (`return`)",
        r"\frac{\partial J(w)}{\partial w_j} = \frac1n \sum_{i=1}^n (x_i^T w - y_i) x_{ij} + \lambda w_j",
        "$x$ (`name`)",
        "$x$ (`X`)",
    ),
    (
        positional,
        r"$t, i, d \in \mathbb{N}$, $d$ (`d_model`)",
        r"PE_{(t, 2i)} = \sin\left(\frac{t}{10000^{2i/d}}\right)",
        "(`return`)",
        r"$PE_{(t, 2i)}$ (`return`)",
    ),
    (power_rule, "$p > 0$, $x > 0$", r"y' = x^{p-1}", r"\frac{dy}{dx}", r"\frac{dy}{dx} = x^{p-1}"),
    (
        clip,
        r"$g \in \mathbb{R}^n$",
        r"\hat g = g * \min(1, \tau / \|g\|) * g",
        r"\odot",
        r"\hat g = g \min(1, \tau / \|g\|)",
    ),
]
