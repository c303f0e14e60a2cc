using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace MesosK8sBridge.Operator.Fetch;

/// <summary>Extracts what has the name of an archive into the sandbox, as Mesos' fetcher does by <c>tar</c>, <c>gzip</c> and <c>unzip</c>.</summary>
/// <remarks>Mesos: src/launcher/fetcher.cpp, extract. Owners are not restored, nor can devices be.</remarks>
internal static class Archive
{
    private const int MostEntries = 1_000_000;

    private const UnixFileMode Permissions = Sandbox.Executable | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private static readonly string[] Kinds = [".tar.gz", ".tar.bz2", ".tar.xz", ".tar", ".tgz", ".tbz2", ".txz", ".gz", ".zip"];

    /// <returns>False if the name is not that of an archive.</returns>
    public static async Task<bool> ExtractAsync(string file, string name, Sandbox sandbox, ByteBudget budget, CancellationToken cancellationToken)
    {
        switch (KindOf(name))
        {
            case ".tar":
                await using (var content = File.OpenRead(file))
                {
                    await UntarAsync(content, sandbox, budget, cancellationToken);
                }

                return true;
            case ".tar.gz" or ".tgz":
                await using (var content = new GZipStream(File.OpenRead(file), CompressionMode.Decompress))
                {
                    await UntarAsync(content, sandbox, budget, cancellationToken);
                }

                return true;
            case ".tar.bz2" or ".tbz2":
                await using (var content = File.OpenRead(file))
                {
                    await UntarAllAsync(new Bzip2Stream(content), sandbox, budget, cancellationToken);
                }

                return true;
            case ".tar.xz" or ".txz":
                await using (var content = File.OpenRead(file))
                {
                    await UntarAllAsync(new XzStream(content), sandbox, budget, cancellationToken);
                }

                return true;
            case ".gz":
                await GunzipAsync(file, name[..^3], sandbox, budget, cancellationToken);
                return true;
            case ".zip":
                Unzip(file, sandbox, budget, cancellationToken);
                return true;
            default:
                return false;
        }
    }

    private static string? KindOf(string name) => Array.Find(Kinds, kind => name.EndsWith(kind, StringComparison.Ordinal));

    /// <summary>To the end of what is compressed, where its checksums are.</summary>
    private static async Task UntarAllAsync(Stream archive, Sandbox sandbox, ByteBudget budget, CancellationToken cancellationToken)
    {
        await UntarAsync(archive, sandbox, budget, cancellationToken);
        try
        {
            Copy(archive, Stream.Null, budget, cancellationToken);
        }
        catch (InvalidDataException broken)
        {
            throw new FetchException($"it is no sound archive: {broken.Message}", broken);
        }
    }

    private static async Task UntarAsync(Stream archive, Sandbox sandbox, ByteBudget budget, CancellationToken cancellationToken)
    {
        try
        {
            await using var reader = new TarReader(archive, leaveOpen: true);
            var entries = 0;
            while (await reader.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
            {
                Count(++entries);
                Place(entry, sandbox, budget, cancellationToken);
            }
        }
        catch (Exception broken) when (broken is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new FetchException($"it is no sound tar archive: {broken.Message}", broken);
        }
    }

    private static void Place(TarEntry entry, Sandbox sandbox, ByteBudget budget, CancellationToken cancellationToken)
    {
        var name = entry.Name;
        switch (entry.EntryType)
        {
            case TarEntryType.Directory or TarEntryType.DirectoryList:
                sandbox.MakeDirectory(name);
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                using (var file = sandbox.Create(name))
                {
                    Copy(entry.DataStream ?? Stream.Null, file, budget, cancellationToken);
                }

                Sandbox.SetMode(sandbox.PlaceFor(name), entry.Mode & Permissions);
                break;
            case TarEntryType.SymbolicLink:
                sandbox.Link(name, entry.LinkName);
                break;
            case TarEntryType.HardLink:
                using (var original = File.OpenRead(sandbox.Existing(entry.LinkName)))
                using (var file = sandbox.Create(name))
                {
                    Copy(original, file, budget, cancellationToken);
                }

                Sandbox.SetMode(sandbox.PlaceFor(name), entry.Mode & Permissions);
                break;
            case TarEntryType.GlobalExtendedAttributes:
                break;
            default:
                throw new FetchException($"'{name}' in it is a {entry.EntryType}, which cannot be extracted");
        }
    }

    private static void Unzip(string path, Sandbox sandbox, ByteBudget budget, CancellationToken cancellationToken)
    {
        try
        {
            using var archive = ZipFile.OpenRead(path);
            Count(archive.Entries.Count);
            foreach (var entry in archive.Entries)
            {
                Place(entry, sandbox, budget, cancellationToken);
            }
        }
        catch (InvalidDataException broken)
        {
            throw new FetchException($"it is no sound zip archive: {broken.Message}", broken);
        }
    }

    private static void Place(ZipArchiveEntry entry, Sandbox sandbox, ByteBudget budget, CancellationToken cancellationToken)
    {
        // Archives made on Unix have a file's mode in the upper half.
        var mode = entry.ExternalAttributes >> 16;
        if (entry.FullName.EndsWith('/'))
        {
            sandbox.MakeDirectory(entry.FullName);
        }
        else if ((mode & 0xF000) == 0xA000)
        {
            using var target = new StreamReader(entry.Open(), Encoding.UTF8);
            sandbox.Link(entry.FullName, target.ReadToEnd());
        }
        else
        {
            using (var content = entry.Open())
            using (var file = sandbox.Create(entry.FullName))
            {
                Copy(content, file, budget, cancellationToken);
            }

            Sandbox.SetMode(sandbox.PlaceFor(entry.FullName), (mode & 0x1FF) == 0 ? Sandbox.Ordinary : (UnixFileMode)mode & Permissions);
        }
    }

    private static async Task GunzipAsync(string path, string name, Sandbox sandbox, ByteBudget budget, CancellationToken cancellationToken)
    {
        try
        {
            await using var content = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
            await using var file = sandbox.Create(name);
            Copy(content, file, budget, cancellationToken);
        }
        catch (InvalidDataException broken)
        {
            throw new FetchException($"it is not compressed by gzip: {broken.Message}", broken);
        }
    }

    private static void Copy(Stream from, Stream to, ByteBudget budget, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 16];
        for (int read; (read = from.Read(buffer)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            budget.Take(read);
            to.Write(buffer, 0, read);
        }
    }

    private static void Count(int entries)
    {
        if (entries > MostEntries)
        {
            throw new FetchException($"it has more than {MostEntries} entries");
        }
    }
}
