#!/usr/bin/env python3
"""The workloads of `gradus bench` in PyTorch (eager, float32, CPU), for bench/vs_torch.

  bench/peers_torch.py mlp [--threads N] [--min-time S] [--channels-last]

prints one line of JSON: workload, threads, ms_min, ms_median, reps, params, gflop, gflops, peak_rss_mb, check. `check` is the loss of the
first step here; it tells that something was computed, and is not that of Gradus, whose random numbers are others.
"""
import argparse
import json
import math
import resource
import time

import torch
from torch import nn
from torch.nn import functional as F

SYMBOLS = 65


def mlp():
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))


def lenet():
    return nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.5), nn.Flatten(),
                         nn.Linear(64 * 12 * 12, 128), nn.ReLU(), nn.Linear(128, 10))


class Residual(nn.Module):
    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(),
                                  nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))
        same = stride == 1 and channels_in == channels
        self.shortcut = nn.Identity() if same else nn.Sequential(nn.Conv2d(channels_in, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


def resnet18():
    parts, width = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()], 64
    for channels in (64, 128, 256, 512):
        parts += [Residual(width, channels, 1 if channels == width else 2), Residual(channels, channels, 1)]
        width = channels
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


class CharLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.token, self.lstm, self.out = nn.Embedding(SYMBOLS, 64), nn.LSTM(64, 256, batch_first=True), nn.Linear(256, SYMBOLS)

    def forward(self, x):
        states, _ = self.lstm(self.token(x))
        return self.out(states)


class Block(nn.Module):
    def __init__(self, width, heads, length):
        super().__init__()
        self.heads = heads
        self.norm1, self.qkv, self.proj = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm2, self.up, self.down = nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.register_buffer("later", torch.ones(length, length, dtype=torch.bool).triu(1))

    def attention(self, x):
        n, t, width = x.shape
        q, k, v = (part.reshape(n, t, self.heads, -1).transpose(1, 2) for part in self.qkv(x).chunk(3, dim=-1))
        scores = q @ k.transpose(-1, -2) * (1 / math.sqrt(width // self.heads))
        weights = F.softmax(scores.masked_fill(self.later[:t, :t], -math.inf), dim=-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(n, t, width))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Gpt(nn.Module):
    def __init__(self, width=128, length=128):
        super().__init__()
        self.token, self.place = nn.Embedding(SYMBOLS, width), nn.Embedding(length, width)
        self.blocks = nn.Sequential(*(Block(width, 4, length) for _ in range(4)))
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, SYMBOLS, bias=False)

    def forward(self, x):
        return self.out(self.norm(self.blocks(self.token(x) + self.place.weight[:x.shape[1]])))


def training(net, optimizer, loss, batches, gflop):
    """A step, how many of them a call makes, the parameters, 10^9 operations of a step."""
    net.train()

    def call():
        for x, y in batches:
            optimizer.zero_grad()
            value = loss(net(x), y)
            value.backward()
            optimizer.step()
        return value

    return call, len(batches), sum(p.numel() for p in net.parameters()), gflop


def xor(batch):
    net = nn.Sequential(nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 1), nn.Sigmoid())
    x, y = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1.0]]), torch.tensor([[0], [1], [1], [0.0]])
    return training(net, torch.optim.SGD(net.parameters(), lr=0.1), F.mse_loss, list(zip(x.split(batch), y.split(batch))), 42e-9 * batch)


def classes(net, make_optimizer, shape, gflop, channels_last):
    x, y = torch.randn(shape), torch.randint(10, shape[:1])
    if channels_last and x.dim() == 4:
        net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    return training(net, make_optimizer(net.parameters()), F.cross_entropy, [(x, y)], gflop)


def text(net, make_optimizer, shape, gflop):
    x, y = torch.randint(SYMBOLS, shape), torch.randint(SYMBOLS, shape)
    loss = lambda logits, target: F.cross_entropy(logits.reshape(-1, SYMBOLS), target.reshape(-1))
    return training(net, make_optimizer(net.parameters()), loss, [(x, y)], gflop)


def elementwise(gradients):
    x, a, b = (torch.randn(10_000_000, requires_grad=gradients) for _ in range(3))

    def call():
        x.grad = a.grad = b.grad = None
        with torch.set_grad_enabled(gradients):
            value = (torch.tanh(x * a + b) * torch.sigmoid(x) + x ** 2).sum()
        if gradients:
            value.backward()
        return value

    return call, 1, 0, 0


def scalar_chain():
    first, c = torch.tensor(1.0, requires_grad=True), torch.tensor(1.0001)

    def call():
        first.grad = None
        v = first
        for _ in range(500):
            v = v * c
            v = v + c
        v.backward()
        return v

    return call, 1000, 0, 0


def norm_gelu_dropout():
    norm = nn.LayerNorm(1024)
    x, g = torch.randn(4096, 1024, requires_grad=True), torch.randn(4096, 1024)

    def call():
        x.grad = None
        norm.zero_grad()
        y = F.dropout(F.gelu(norm(x)), 0.1)
        y.backward(g)
        return y

    return call, 1, 2048, 0


def inference(net, shape, gflop):
    net.eval()
    x = torch.randn(shape)

    def call():
        with torch.no_grad():
            return net(x)

    return call, 1, sum(p.numel() for p in net.parameters()), gflop


def product():
    x, y = torch.randn(1024, 1024), torch.randn(1024, 1024)
    return (lambda: x @ y), 1, 0, 2e-9 * 1024 ** 3


def workloads(channels_last=False):
    adam, adamw = (lambda p: torch.optim.Adam(p, 1e-3)), (lambda p: torch.optim.AdamW(p, 1e-3))
    momentum = lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, weight_decay=5e-4)
    return {
        "xor_full4": lambda: xor(4),
        "xor_batch1": lambda: xor(1),
        "mlp": lambda: classes(mlp(), adam, (128, 784), 0.308150, channels_last),
        "lenet": lambda: classes(lenet(), adam, (64, 1, 28, 28), 4.580180, channels_last),
        "resnet18": lambda: classes(resnet18(), momentum, (32, 3, 32, 32), 106.527916, channels_last),
        "lstm_char": lambda: text(CharLstm(), adam, (32, 64), 4.231004),
        "gpt_small": lambda: text(Gpt(), adamw, (16, 128), 11.376525),
        "eltwise10m": lambda: elementwise(True),
        "eltwise10m_nograd": lambda: elementwise(False),
        "scalar_chain1000": scalar_chain,
        "ln_gelu_drop": norm_gelu_dropout,
        "infer_mlp_b1": lambda: inference(mlp(), (1, 784), 0.00107),
        "infer_lenet_b1": lambda: inference(lenet(), (1, 1, 28, 28), 0.023985),
        "gemm1024": product,
    }


def timed(call, min_time):
    """Shortest and median seconds of a call, and how many measurements: at least 7 and `min_time` seconds, at most 25 seconds."""
    for _ in range(3):
        call()
    start = time.perf_counter()
    call()
    calls = max(1, math.ceil(0.002 / (time.perf_counter() - start)))  # short ones are timed many at once
    times, begin = [], time.perf_counter()
    while (len(times) < 7 or time.perf_counter() - begin < min_time) and time.perf_counter() - begin < 25:
        start = time.perf_counter()
        for _ in range(calls):
            call()
        times.append((time.perf_counter() - start) / calls)
    times.sort()
    return times[0], times[len(times) // 2], len(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workload", choices=list(workloads()))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--min-time", type=float, default=3.0)
    parser.add_argument("--channels-last", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    call, parts, params, gflop = workloads(args.channels_last)[args.workload]()
    check = float(call().detach().abs().mean())
    shortest, median, reps = timed(call, args.min_time)
    print(json.dumps({"workload": args.workload, "threads": args.threads, "ms_min": shortest / parts * 1e3, "ms_median": median / parts * 1e3,
                      "reps": reps, "params": params, "gflop": gflop, "gflops": gflop / (shortest / (1 if parts == 1000 else parts)),
                      "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "check": check, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
