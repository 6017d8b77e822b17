using Sonde.Bpf;
using Sonde.Bpf.Elf;
using Sonde.Bpf.Features;
using Sonde.Bpf.Links;
using Sonde.Bpf.Mappings;

namespace Sonde.Tracing.Capture;

/// <summary>
/// Attaches the programs of bpf/tracer/taps/tls.bpf.c to every distinct file in use that has TLS functions, libraries and executables,
/// containers included, also to those that are mapped later.
/// </summary>
internal sealed class TlsTap(KernelCapture capture, TracerFigures figures, Action<string> warn) : IDisposable
{
    /// <summary>Beyond this, files are told of and left alone.</summary>
    private const int MostFiles = 1024;

    /// <summary>Executables that have so many symbols and export no TLS function are not read through.</summary>
    private const long MostSymbolBytes = 8 << 20;

    private readonly Lock _lock = new();
    private readonly List<BpfLink> _links = [];
    private IDisposable? _watch;
    private bool _isDisposed;
    private bool _isFullTold;

    /// <summary>The names of the tap's programs.</summary>
    public static IReadOnlyList<string> Programs { get; } =
        [.. TlsFunctions.All.Concat(TlsFunctions.OfGo).Select(each => each.Entry).Append(TlsFunctions.Return).Append(TlsFunctions.GoReturn).Distinct()];

    /// <summary>The pass over its sessions.</summary>
    public static string Sweep => "sonde_sweep_tls";

    private static readonly Lazy<bool> _isAtOnce = new(() => new Kernel().Ask(FeatureTable.UprobeMulti).IsYes);

    /// <summary>As what they are loaded: many places of a file are attached to at once where the kernel can.</summary>
    public static BpfAttachType AttachType => _isAtOnce.Value ? BpfAttachType.UprobeMulti : BpfAttachType.None;

    /// <summary>Begins; what is in use now is attached to when it returns.</summary>
    /// <exception cref="BpfException">What is in use cannot be watched.</exception>
    public void Watch(IMappedFiles files)
    {
        IDisposable watch = files.Watch(TlsFunctions.MayBeIn, Attach);
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _watch = watch;
                return;
            }
        }

        watch.Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        _watch?.Dispose();
        // Each waits for the kernel to have left it.
        Parallel.ForEach(_links, link => link.Dispose());
        _links.Clear();
    }

    private bool Attach(MappedFile file)
    {
        List<(string Program, bool IsReturn, UprobePlace Place)> places = Find(file);
        if (places.Count == 0)
        {
            return true;
        }

        if (figures.TlsLibraries >= MostFiles)
        {
            if (!_isFullTold)
            {
                _isFullTold = true;
                warn($"More than {MostFiles} files have TLS functions: encrypted traffic of the others is not read.");
            }

            return true;
        }

        try
        {
            // Returns first: an entry whose return is not seen leaves something behind.
            foreach (IGrouping<(string Program, bool IsReturn), UprobePlace> group in places
                .GroupBy(each => (each.Program, each.IsReturn), each => each.Place).OrderByDescending(each => each.Key.IsReturn || each.Key.Program == TlsFunctions.GoReturn))
            {
                Attach(capture.Program(group.Key.Program), file.OpenPath, [.. group], group.Key.IsReturn);
            }

            figures.TlsLibraries++;
            capture.AnnounceLibraries(isGo: places.Any(each => each.Program == TlsFunctions.GoReturn));
        }
        catch (BpfException refused)
        {
            warn($"Encrypted traffic through {file.Path} of process {file.ProcessId} is not read: {refused.Message}");
        }

        return true;
    }

    private void Attach(BpfProgram program, string path, UprobePlace[] places, bool isReturn)
    {
        if (_isAtOnce.Value)
        {
            Keep(UprobeMultiLink.Attach(program, path, places, isReturn));
            return;
        }

        foreach (UprobePlace place in places)
        {
            Keep(UprobeLink.Attach(program, path, place, isReturn));
        }
    }

    private void Keep(BpfLink link)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _links.Add(link);
                return;
            }
        }

        link.Dispose();
    }

    /// <summary>The places of a file's TLS functions: by what it exports, or else by all of its symbols.</summary>
    private static List<(string Program, bool IsReturn, UprobePlace Place)> Find(MappedFile file)
    {
        ElfFile elf = new(file.Handle);
        if (GoProgram.Is(elf))
        {
            return [.. GoProgram.Find(file, elf, ElfSymbols.Of(elf))];
        }

        List<(string, bool, UprobePlace)> places = Find(elf, ElfSymbols.Exported(elf));
        bool hasMore = places.Count == 0 && elf.TryFind(".symtab", out ElfSection all) && all.Size <= MostSymbolBytes;
        return hasMore ? Find(elf, ElfSymbols.Of(elf)) : places;
    }

    private static List<(string Program, bool IsReturn, UprobePlace Place)> Find(ElfFile elf, ElfSymbols symbols)
    {
        List<(string, bool, UprobePlace)> places = [];
        foreach (TlsFunction function in TlsFunctions.All)
        {
            if (symbols.TryFind(function.Symbol, out ElfSymbol symbol) && symbol.IsFunction && elf.TryGetOffset(symbol.Address, out long offset))
            {
                places.Add((function.Entry, false, new(offset)));
                if (function.Returns)
                {
                    places.Add((TlsFunctions.Return, true, new(offset)));
                }
            }
        }

        return places;
    }
}
