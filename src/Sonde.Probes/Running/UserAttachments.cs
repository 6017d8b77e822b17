using Microsoft.Win32.SafeHandles;
using Sonde.Bpf;
using Sonde.Bpf.Features;
using Sonde.Bpf.Links;
using Sonde.Bpf.Mappings;
using Sonde.Probes.Code;
using Sonde.Probes.Model;

namespace Sonde.Probes.Running;

/// <summary>
/// Attaches programs to places in executables and libraries: all of a file at once where the kernel can, in one process or in all. A
/// library that is meant wherever it is, is attached to in every distinct copy, also in those that are mapped later.
/// </summary>
internal sealed class UserAttachments(LoadedPrograms programs, SessionSettings settings, Kernel kernel, Action<string> warn) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<BpfLink> _links = [];
    private readonly List<IDisposable> _watches = [];
    private MappedFiles? _ownMappedFiles;
    private bool _isDisposed;

    private bool? _isAtOnce;

    /// <summary>Before Linux 6.10 <c>uprobe_multi</c> took a process for its first thread: one process is attached to by perf.</summary>
    private bool IsAtOnce => _isAtOnce ??= settings.ProcessId is null && kernel.Ask(FeatureTable.UprobeMulti).IsYes;

    /// <summary>As what programs for user space are loaded.</summary>
    internal BpfAttachType AttachType => IsAtOnce ? BpfAttachType.UprobeMulti : BpfAttachType.None;

    /// <summary>Static probes: each in its file, with its semaphore.</summary>
    internal int Attach(CompiledProgram program, UsdtTarget[] targets, List<Exception> failures)
    {
        int attached = 0;
        foreach (IGrouping<string, UsdtTarget> file in targets.GroupBy(each => each.Path))
        {
            attached += Attach(
                program, file.Key, [.. file.Select(each => new UprobePlace(each.Offset, each.SemaphoreOffset))], isReturn: false, failures);
        }

        return attached;
    }

    /// <summary>How many targets the program is attached to, or will be when the library is mapped.</summary>
    internal int Attach(CompiledProgram program, UprobeTarget[] targets, List<Exception> failures)
    {
        int attached = 0;
        foreach (IGrouping<(string?, string?, bool IsReturn), UprobeTarget> group in targets.GroupBy(each => (each.Path, each.Library, each.IsReturn)))
        {
            UprobeTarget first = group.First();
            attached += first.Path is { } path
                ? AttachFile(program, path, [.. group], failures)
                : AttachLibrary(program, first.Library!, [.. group], failures);
        }

        return attached;
    }

    public void Dispose()
    {
        _watches.ForEach(each => each.Dispose());
        _ownMappedFiles?.Dispose();
        lock (_lock)
        {
            _isDisposed = true;
        }

        Parallel.ForEach(_links, link => link.Dispose());
        _links.Clear();
    }

    private int AttachFile(CompiledProgram program, string path, UprobeTarget[] targets, List<Exception> failures)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            UprobePlace?[] places = UprobePlaces.Find(file, targets);
            for (int i = 0; i < places.Length; i++)
            {
                if (places[i] is null)
                {
                    failures.Add(new ProbeException($"'{path}' has no function '{targets[i].Symbol}' in its symbol tables.", program.Source.Span));
                }
            }

            return Attach(program, path, [.. places.OfType<UprobePlace>()], targets[0].IsReturn, failures);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            failures.Add(new ProbeException(refused.Message, program.Source.Span, refused));
            return 0;
        }
    }

    private int AttachLibrary(CompiledProgram program, string library, UprobeTarget[] targets, List<Exception> failures)
    {
        LibraryName name = new(library);
        int copies = 0;
        bool isTold = false, isReturn = targets[0].IsReturn;
        try
        {
            // Loaded now, so that a copy that comes later waits for nothing.
            _ = LoadFor(program);
            IMappedFiles mapped = settings.MappedFiles ?? (_ownMappedFiles ??= new());
            _watches.Add(mapped.Watch(name.Matches, file =>
            {
                if (settings.ProcessId is { } wanted && wanted != file.ProcessId)
                {
                    return false;
                }

                if (copies >= settings.LibraryCopies)
                {
                    if (!isTold)
                    {
                        isTold = true;
                        warn($"There are more than {settings.LibraryCopies} copies of '{library}': probes are not attached to the others.");
                    }

                    return true;
                }

                UprobePlace[] places = [.. UprobePlaces.Find(file.Handle, targets).OfType<UprobePlace>()];
                List<Exception> refusals = [];
                if (places.Length > 0 && Attach(program, file.OpenPath, places, isReturn, refusals) > 0)
                {
                    copies++;
                }

                refusals.Take(1).ToList().ForEach(each => warn($"{file.Path} of process {file.ProcessId}: {each.Message}"));
                return true;
            }));
            return targets.Length;
        }
        catch (Exception refused) when (refused is BpfException or ProbeException)
        {
            failures.Add(refused);
            return 0;
        }
    }

    /// <summary>All places of a file; when the kernel refuses them together, each for itself.</summary>
    private int Attach(CompiledProgram program, string path, UprobePlace[] places, bool isReturn, List<Exception> failures)
    {
        BpfProgram loaded;
        try
        {
            loaded = LoadFor(program);
        }
        catch (ProbeException refused)
        {
            failures.Add(refused);
            return 0;
        }

        if (!IsAtOnce)
        {
            return places.Count(place => Try(() => UprobeLink.Attach(loaded, path, place, isReturn, settings.ProcessId), failures));
        }

        return places.Length > 1 && Try(() => UprobeMultiLink.Attach(loaded, path, places, isReturn), [])
            ? places.Length
            : places.Count(place => Try(() => UprobeMultiLink.Attach(loaded, path, [place], isReturn), failures));
    }

    private BpfProgram LoadFor(CompiledProgram program) => programs.Load(program, AttachType);

    private bool Try(Func<BpfLink> attach, List<Exception> failures)
    {
        try
        {
            BpfLink link = attach();
            lock (_lock)
            {
                if (_isDisposed)
                {
                    link.Dispose();
                    return false;
                }

                _links.Add(link);
            }

            return true;
        }
        catch (BpfException refused)
        {
            failures.Add(refused);
            return false;
        }
    }
}
