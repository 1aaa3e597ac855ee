"""The texts of `convcli help` and of `--help`.

A command and its options say in English what they are where they are declared; BY_ENGLISH has what
other languages say for it. Lists of names, like `mse, sse, l1, bce`, need no translation.
"""

from __future__ import annotations

ENGLISH = {
    "help.commands": "convcli help COMMAND prints the options of a command:",
    "help.default": "{text} (default: {value})",
    "help.page": "{text} (`convcli help {topic}`)",
    "help.topics": "convcli help TOPIC prints one of these pages:",
}

CHINESE = {
    "help.commands": "convcli help COMMAND 打印一个命令的选项：",
    "help.default": "{text}（默认 {value}）",
    "help.page": "{text}（`convcli help {topic}`）",
    "help.topics": "convcli help TOPIC 打印下列参考页之一：",
}

TEXTS = {"en": ENGLISH, "zh": CHINESE}

_HEADINGS = {
    "Usage:": "用法：",
    "Commands:": "命令：",
    "Arguments:": "参数：",
    "Options:": "选项：",
    "Layer options:": "层的选项：",
    "Store options:": "存储的选项：",
    "Worker options:": "工作进程的选项：",
    "Input options:": "输入选项：",
    "Output options:": "输出选项：",
    "Examples:": "示例：",
}
_COMMANDS = {
    "A calculator for PyTorch's convolution layers: sizes, worked sums, results.": "计算 PyTorch "
    "的卷积层：输出尺寸、逐项算式、完整结果。",
    "`convcli COMMAND --help` describes a command.": "`convcli COMMAND --help` 说明一个命令的"
    "用法。",
    "Output size with its formula, weight shape, parameters, cost.": "输出尺寸及其公式、权重形状、"
    "参数量、计算量。",
    "The worked sum of each output: 1*1 + 2*2 + ... = 1 + 4 + ... = 411.": "每个输出的逐项算式："
    "1*1 + 2*2 + ... = 1 + 4 + ... = 411。",
    "The full result: printed, or written as .npy with -o.": "完整结果：打印出来，或用 -o 写成 "
    ".npy 文件。",
    "Weights by a named initialiser: torch's numbers for the same seed.": "按指定的方案初始化权重："
    "种子相同，数值就与 torch 相同。",
    "Gradients of input, weight and bias of L = sum(G * out).": "L = sum(G * out) 对输入、权重、"
    "偏置的梯度。",
    "Gradient descent on one layer or a chain, epoch by epoch.": "对一个层或多个串联的层"
    "逐轮做梯度下降。",
    "A network of layers: shapes, parameters, cost, receptive field.": "串联的多个层"
    "或一个网络：形状、参数量、计算量、感受野。",
    "One layer in every framework, and whether the numbers agree.": "同一层在各个框架中的"
    "写法，以及数值是否相同。",
    "Every choice of hyper-parameters that turns IN into OUT.": "列出能把 IN 变成 OUT 的所有超参数"
    "组合。",
    "The options that are specified are kept; a range like 1..7 is searched.": "给定的选项保持不变"
    "；写成 1..7 这样的范围则在其中搜索。",
    "Convolution as a matrix product: im2col, and the sparse matrix.": "把卷积写成矩阵乘法：im2col "
    "与稀疏矩阵。",
    "-o columns.npy writes the im2col matrix, -o C.npz the sparse matrix C with y = C x.": "-o "
    "columns.npy 写出 im2col 矩阵，-o C.npz 写出满足 y = C x 的稀疏矩阵 C。",
    "Show how the kernel slides: in the terminal, as a page, a picture.": "演示卷积核如何滑动："
    "在终端里，或写成网页、图片。",
    "What an error of a framework means, and fixes that were computed.": "报错信息的含义，以及"
    "算出来的改法。",
    "find the layer in a network: TEXT --stack LAYERS... SHAPE": "在网络中找到该层：TEXT --stack "
    "LAYERS... SHAPE",
    "find it in a torch module: TEXT --module m.py:Net SHAPE; runs its code": "在 torch 模块中找到"
    "该层：TEXT --module m.py:Net SHAPE；会运行其代码",
    "an error, a file that holds it, or - (stdin)": "报错信息、含有它的文件，或 -（标准输入）",
    "A sheet of problems from a seed, its solutions, and marks.": "由种子生成一套练习题及其答案，"
    "并批改作答。",
    "problems about these layers (default: layers of the level)": "针对这些层出题"
    "（默认按难度选层）",
    "number of problems (default: 8)": "题数（默认 8）",
    "the same seed gives the same sheet (default: 0)": "种子相同，练习题就相同（默认 0）",
    "what is asked: size, sum, ...; default: mixed, all in turn": "考查内容：size、sum 等；默认 "
    "mixed，各类轮流",
    "easy, medium or hard (default: easy)": "easy、medium 或 hard（默认 easy）",
    "write the solutions, by the suffix; - prints them": "写出答案，格式由后缀决定；- 表示打印",
    "write an answers file to fill in, as .json": "写出待填写的作答文件（.json）",
    "mark the answers in FILE; - is stdin": "批改 FILE 中的作答；- 为标准输入",
    "Compare random layers of every kind with torch on this machine.": "在本机上随机生成各种层，与 "
    "torch 比对。",
    "Print a page of the reference, or the help of a command.": "打印一页参考文档，或一个命令的"
    "帮助。",
}
_LAYER = {
    'conv1d ... conv_transpose3d, or "Conv2d(3, 64, 7)"': "conv1d 至 conv_transpose3d，或 "
    '"Conv2d(3, 64, 7)"',
    "3, or per axis: 5,3": "3；各轴不同时写 5,3",
    "2, or per axis: 1,2": "2；各轴不同时写 1,2",
    "output channels": "输出通道数",
    "input channels (default: those of the input)": "输入通道数（默认取自输入）",
    "1; per axis: 1,2; before:after: 1:2; same; valid": "1；各轴不同时写 1,2；前后不同时写 1:2；"
    "same；valid",
    "channel groups; depthwise: one group per channel": "分组数；depthwise 为每个通道一组",
    "zeros, reflect, replicate, circular or symmetric": "zeros、reflect、replicate、circular 或 "
    "symmetric",
    "rows to keep at the end of a transposed layer": "转置卷积在末尾多保留的行数",
    "no bias, as bias=False": "没有偏置，即 bias=False",
}
_INPUT = {
    "shape of the input: 1x3x224x224, 3x224x224, 224x224": "输入的形状：1x3x224x224、3x224x224、"
    "224x224",
    'the input: x.npy, "1 2; 3 4", arange:5x5, ...': '输入：x.npy、"1 2; 3 4"、arange:5x5 等',
    "the weight: w.npy, ones:3x3, kernel:sobel-x, ...": "权重：w.npy、ones:3x3、kernel:sobel-x 等",
    "the weight (default: as torch initialises an expression)": "权重（默认：层写成表达式时按 "
    "torch 的方式初始化）",
    "the bias (default: no bias)": "偏置（默认没有）",
    "decimal sign of a table: . or ,": "表格文件的小数点：. 或 ','",
    "order of the axes: NHWC, HWIO or NHWC,HWIO": "轴的顺序：NHWC、HWIO 或 NHWC,HWIO",
    "flip the kernel: a true convolution, beside the layer": "翻转卷积核：数学意义上的卷积，"
    "并与该层的结果对照",
    "shape of the input, in the layer's own order of axes": "输入的形状，按该层自己的轴顺序",
    "frameworks, like torch,keras (default: all)": "目标框架，如 torch,keras（默认为全部）",
    "the layer's weight; -o writes it for --to NAME": "该层的权重；-o 按 --to NAME 的布局写出",
    "order of the axes of shapes, like NHWC": "形状的轴的顺序，如 NHWC",
    "memory limit, like 2GiB (default: the free memory)": "内存上限，如 2GiB（默认为空闲内存）",
    "random seed, as in torch.manual_seed": "随机种子，同 torch.manual_seed",
    'in place of X: files, a folder, or a pattern like "photos/*.png"': "代替 X：若干文件、一个"
    '文件夹，或 "photos/*.png" 这样的通配符',
    "files of --each at the same time (default: 1)": "--each 同时处理的文件数（默认 1）",
    "the folder of the results of --each": "--each 的结果所在的文件夹",
    "of the results of --each, like .npy (default: that of the file)": "--each 的结果的后缀，如 "
    ".npy（默认与输入文件相同）",
    "threads for a large layer (default: all cores)": "大的层所用的线程数（默认用全部核心）",
    "replace the kernel by an outer product of vectors": "用几个向量的外积代替卷积核",
    "numpy or torch": "numpy 或 torch",
    "device for --engine torch: cpu or cuda": "--engine torch 所用的设备：cpu 或 cuda",
    "compare with torch": "与 torch 比对",
    "axes of the stored X in its order: tczyx": "存储中 X 的轴，按存储顺序：tczyx",
    "level of an OME-Zarr image (default: 0)": "OME-Zarr 图像的层级（默认 0）",
    "missing chunks of X: refuse or fill": "X 缺失的分块：refuse（拒绝）或 fill（填充）",
    "chunks of Y on its spatial axes: 64,64": "Y 在空间轴上的分块：64,64",
    "shards of Y: whole chunks, like 512,512": "Y 的分片：整数个分块，如 512,512",
    "levels of the OME-Zarr image Y (default: 1)": "OME-Zarr 图像 Y 的金字塔层数（默认 1）",
    "finish a Y that was begun by the same request": "把同一请求已开始的 Y 算完",
    "with --resume: decode what is there first": "与 --resume 合用：先解码已有的分块",
    "print what would be read, computed and written": "只打印将读取、计算和写入多少",
    "compute Y on N processes of this machine": "用本机的 N 个进程计算 Y",
    "compute Y on the cluster of this dask scheduler: tcp://HOST:PORT": "在此 dask 调度器的集群上"
    "计算 Y：tcp://HOST:PORT",
    "the same, by the file that the scheduler wrote": "同上，由调度器写出的文件给出",
    "TLS: the certificate of the authority": "TLS 所用的证书颁发机构的证书",
    "TLS: your certificate": "TLS 所用的你的证书",
    "TLS: the key of your certificate": "TLS 所用的该证书的私钥",
    "print which worker does what, and what reads X": "打印每个工作进程在做什么，以及由什么读取 X",
}
_OUTPUT = {
    "short for -f json": "即 -f json",
    "print only the essential value, such as the output shape": "只打印主要值，如输出形状",
    "write to FILE; - is stdout": "写入 FILE；- 表示标准输出",
    "overwrite an existing file": "覆盖已有的文件",
    "decimals in human-readable formats": "供人阅读的格式保留几位小数",
    "exit 1 unless the result equals VALUE": "结果不等于 VALUE 时退出码为 1",
    "for --expect: 1e-6 (distance), 0.1% of VALUE, or both: 1e-6,0.1%": "用于 --expect：1e-6"
    "（绝对误差）、VALUE 的 0.1%，或两者并用：1e-6,0.1%",
    "language: en or zh (default: CONVCLI_LANG, or en)": "语言：en 或 zh（默认取自 CONVCLI_LANG，"
    "否则为 en）",
    "auto, always or never": "auto、always 或 never",
    "draw with ASCII characters only": "只用 ASCII 字符（文字为英文）",
    "print the traceback of an error": "出错时打印回溯",
    "numbers as pixels: clip, linear, absolute, signed (default: clip)": "数值如何映射为像素："
    "clip、linear、absolute、signed（默认 clip）",
    "print this help": "打印本帮助",
    "print the version": "打印版本号",
    "install completion for the current shell": "为当前 shell 安装命令补全",
    "print the completion script of the current shell": "打印当前 shell 的补全脚本",
    "print everything, without a limit": "全部打印，不限数量",
    "print whole tables and exact numbers, however wide the terminal is": "打印完整的表和精确的数，"
    "不受终端宽度限制",
    "with -f latex: a whole document that compiles": "与 -f latex 一起用：可以直接编译的完整文档",
    "print no numbers of input, weight and bias": "不打印输入、权重、偏置的数值",
}
_SHAPE_TRACE_SHOW = {
    "one layer per line of JSON; - is stdin": "每行一个层的 JSON Lines 文件；- 表示标准输入",
    "0,2, or with batch and channel: n,c,0,2; repeat": "位置，如 0,2；带上样本和通道：n,c,0,2；"
    "可以重复",
    "gather, or scatter for transposed layers": "gather；转置卷积还有 scatter",
    "most positions to print in human-readable formats": "供人阅读的格式最多打印多少个位置",
    "first position; the position of a still picture": "起始位置；静态图所画的位置",
    "output channel": "输出通道",
    "input channel (default: the first that is read)": "输入通道（默认为读取的第一个）",
    "example of the batch": "批中的第几个样本",
    "depth tap of the drawn slice of a volume": "体数据：画出卷积核在深度方向上的第几层",
    "positions per second": "每秒移动多少个位置",
    "all positions: an animated .svg, a .pdf with a page for each": "全部位置：.svg 为动画，"
    ".pdf 每个位置一页",
    "draw every N-th row and column of positions (default: all, up to 500)": "沿每个轴"
    "每 N 个位置画一个（默认全部画出，最多 500 个）",
    "ground of a picture: light or dark": "图片的背景：light 为浅色，dark 为深色",
    "size of a picture in pixels: 0.5 to 8 (default: 2 for .png, 1 for films)": "图片的像素"
    "放大倍数：0.5 到 8（默认 .png 为 2，动画为 1）",
    "a page for a lecture hall: large, with few controls": "供课堂投影用的网页：字大，控件少",
    "serve the page on this machine, for arrays of any size": "在本机上提供网页，数组多大都可以",
    "a topic or a command (default: list the topics)": "参考页或命令的名称（默认列出所有参考页）",
}
_INIT_GRAD_LEARN = {
    "lower bound; kaiming: negative slope": "下限；对 kaiming 为负半轴斜率",
    "upper bound: uniform, trunc_normal": "上限：uniform、trunc_normal",
    "kaiming: fan_in or fan_out": "kaiming：fan_in 或 fan_out",
    "kaiming: relu, leaky_relu, tanh, ...": "kaiming：relu、leaky_relu、tanh 等",
    "xavier_uniform, kaiming_normal, orthogonal, ...": "xavier_uniform、kaiming_normal、orthogonal "
    "等",
    "sparse: share of zeros in each column": "sparse：每列中零所占的比例",
    "write the bias: .npy, .csv, ...": "写出偏置：.npy、.csv 等",
    "the gradient of the output, dL/dout (default: ones)": "输出的梯度 dL/dout（默认全为 1）",
    "one entry as a worked sum: weight:0,1": "展开其中一个值的算式：weight:0,1",
    "compare with finite differences and, if installed, torch": "与有限差分比较；装了 torch 时也与 "
    "torch 比较",
    "write dL/dx, as .npy, .csv, ...": "写出 dL/dx：.npy、.csv 等",
    "write dL/dW, as .npy, .csv, ...": "写出 dL/dW：.npy、.csv 等",
    "write dL/db, as .npy, .csv, ...": "写出 dL/db：.npy、.csv 等",
    "a layer or a chain of layers, the input, the target": "一个层或多个串联的层、输入、目标",
    "learning rate (default: torch's)": "学习率（默认与 torch 相同）",
    "steps, each on the whole batch": "训练轮数，每轮用全部数据更新一次",
    "for the optimizers momentum and nesterov": "用于优化器 momentum 和 nesterov",
    "weight decay (default: torch's)": "权重衰减（默认与 torch 相同）",
    "between layers: none, relu, sigmoid, tanh": "层与层之间的激活函数：none、relu、sigmoid、tanh",
    "initialiser of the start weights": "初始权重的初始化方案",
    "start weight; for a chain an .npz file of 0.weight, 0.bias, 1.weight, ...": "初始权重；多个层"
    "用一个 .npz 文件，其中有 0.weight、0.bias、1.weight 等",
    "start bias, with --weight": "初始偏置，与 --weight 一起用",
    "print every N-th epoch": "每 N 轮打印一次",
    "tell the whole step of epoch N (with --verbose: 1)": "完整说明第 N 轮的更新过程"
    "（--verbose 时为第 1 轮）",
    "print weights and gradients of every epoch": "打印每一轮的权重和梯度",
    "exit 1 if the final loss is above LOSS": "最终损失高于 LOSS 时退出码为 1",
}
_STACK_SOLVE_CHECK = {
    "layers, or a file of layers, and the shape of the input": "若干层或一个描述层的文件，以及输入"
    "的形状",
    "show what this unit sees, like 5,5 (default: middle)": "查看这个单元的感受野，如 5,5（默认取"
    "中心）",
    "verify the receptive fields by tables and by impulses": "用整数表和单位脉冲两种方法核对感受野",
    "compare stacks: each LAYERS is one of them": "比较几个网络：每个 LAYERS 是其中之一",
    "find the layer that sees N cells": "找出感受野达到 N 个元素的层",
    "find the legal input sizes in a range": "在一个范围内找出合法的输入尺寸",
    "print the decoder of the stack": "打印与网络对应的解码器",
    "a torch module: m:Net, m.py:Net, 'm:Net(16)'; runs its code": "torch 模块：m:Net、m.py:Net、"
    "'m:Net(16)'；会运行其代码",
    "receptive fields of a module without what gates see": "计算模块的感受野时不计入门控",
    "sum the layers of blocks below this depth": "把这一深度以下的各层按模块汇总",
    "show only these kinds, like Conv2d,Linear": "只显示这些类型，如 Conv2d,Linear",
    "largest first, by macs, parameters, memory": "从大到小排列，按 macs、parameters 或 memory",
    "show the first N rows": "只显示前 N 行",
    "show how other tools count the cost": "列出其他工具如何统计计算量",
    "224x224, 1x3x224x224, or 224 for every axis; ? finds it": "224x224、1x3x224x224，或各轴相同时"
    "写 224；? 表示求输入尺寸",
    "112x112, or same: ceil(size/stride)": "112x112，或 same：ceil(size/stride)",
    "number of layers; layer i has the seed SEED + i": "层的个数；第 i 个层的种子为 SEED + i",
}
BY_ENGLISH = {
    "zh": {
        **_HEADINGS,
        **_COMMANDS,
        **_LAYER,
        **_INPUT,
        **_OUTPUT,
        **_SHAPE_TRACE_SHOW,
        **_INIT_GRAD_LEARN,
        **_STACK_SOLVE_CHECK,
    }
}
