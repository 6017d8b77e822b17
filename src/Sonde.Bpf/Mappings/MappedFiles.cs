using System.Text;

namespace Sonde.Bpf.Mappings;

/// <summary>Watches what processes map as code, for all who ask, on one thread that sleeps until something is mapped.</summary>
public sealed class MappedFiles : IMappedFiles, IDisposable
{
    private readonly Lock _lock = new();
    private readonly MappingEvents _events;
    private readonly Thread _thread;
    private readonly List<Watcher> _watchers = [];
    private volatile bool _isDisposed;

    /// <exception cref="BpfException">The kernel refused: it needs CAP_PERFMON.</exception>
    public MappedFiles()
    {
        _events = new();
        _thread = new(Listen) { Name = "sonde-mappings", IsBackground = true };
        _thread.Start();
    }

    public IDisposable Watch(FileNameFilter isWanted, Func<MappedFile, bool> onMapped)
    {
        Watcher watcher = new(this, isWanted, onMapped);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            // First for what comes, then what is there: nothing falls between.
            _watchers.Add(watcher);
            ProcessMaps.ReadAll(watcher.Tell);
        }

        return watcher;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        _events.Wake();
        _thread.Join();
        _events.Dispose();
    }

    private void Listen()
    {
        while (!_isDisposed)
        {
            _events.Wait();
            lock (_lock)
            {
                if (!_events.Read(TellAll))
                {
                    ProcessMaps.ReadAll(TellAll);
                }
            }
        }
    }

    private void TellAll(in Mapping mapping, ReadOnlySpan<byte> path, ulong offset)
    {
        foreach (Watcher watcher in _watchers)
        {
            watcher.Tell(mapping, path, offset);
        }
    }

    /// <summary>One who asked, and what was told already.</summary>
    private sealed class Watcher(MappedFiles owner, FileNameFilter isWanted, Func<MappedFile, bool> onMapped) : IDisposable
    {
        /// <summary>Beyond this, files are told again: whoever attaches sees that by the file.</summary>
        private const int MostKnown = 65_536;

        private readonly HashSet<FileIdentity> _known = [];

        internal void Tell(in Mapping mapping, ReadOnlySpan<byte> path, ulong offset)
        {
            if (!isWanted(path[(path.LastIndexOf((byte)'/') + 1)..]) || _known.Contains(mapping.File))
            {
                return;
            }

            MappedFile? file = MappedFile.Open(mapping, Encoding.UTF8.GetString(path));
            if (file is null)
            {
                return;
            }

            using (file.Handle)
            {
                FileIdentity identity = file.Identify(mapping.File);
                if (_known.Contains(identity) || onMapped(file))
                {
                    Remember(mapping.File);
                    Remember(identity);
                }
            }
        }

        public void Dispose()
        {
            lock (owner._lock)
            {
                owner._watchers.Remove(this);
            }
        }

        private void Remember(FileIdentity identity)
        {
            if (_known.Count < MostKnown)
            {
                _known.Add(identity);
            }
        }
    }
}
