using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using MesosK8sBridge.Operator.Fetch;
using Uri = MesosK8sBridge.Protocol.V1.CommandInfo.Types.URI;

namespace MesosK8sBridge.Operator.Tests.Fetch;

public sealed class FetcherTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fetch-").FullName;
    private readonly HttpClient _http = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(30));
    private long _limit = 1 << 20;

    private string Sandbox => Directory.CreateDirectory(Path.Combine(_folder, "sandbox")).FullName;

    public void Dispose()
    {
        _http.Dispose();
        _deadline.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_file_has_the_name_behind_the_last_slash_and_may_be_executed_if_asked_for()
    {
        await using var server = await ArtifactServer.StartAsync(("/a/run.sh", "echo"u8.ToArray()), ("/b", "b"u8.ToArray()));

        await FetchAsync(new Uri { Value = $"{server.Address}/a/run.sh", Executable = true }, new Uri { Value = $"{server.Address}/b?x=1" });

        Assert.Equal("echo", Read("run.sh"));
        Assert.Equal("b", Read("b?x=1"));
        Assert.Equal(0b111_101_101, (int)ModeOf("run.sh"));
        Assert.Equal(0b110_100_100, (int)ModeOf("b?x=1"));
    }

    [Fact]
    public async Task An_output_file_may_be_in_a_directory_of_its_own_and_decides_what_is_an_archive()
    {
        await using var server = await ArtifactServer.StartAsync(("/download", Tar(gzip: true, File("in/side.txt", "x"))));

        await FetchAsync(new Uri { Value = $"{server.Address}/download", OutputFile = "got/app.tar.gz" });

        Assert.True(System.IO.File.Exists(Path.Combine(Sandbox, "got/app.tar.gz")));
        Assert.Equal("x", Read("in/side.txt"));
    }

    [Theory]
    [InlineData("a.tar"), InlineData("a.tar.gz"), InlineData("a.tgz"), InlineData("a.zip"), InlineData("a.tar.bz2"), InlineData("a.txz")]
    public async Task Archives_are_extracted_by_their_suffix_with_the_modes_of_their_files(string name)
    {
        await using var server = await ArtifactServer.StartAsync(($"/{name}", Archived(name, "bin/go", "#!")));

        await FetchAsync(new Uri { Value = $"{server.Address}/{name}" });

        Assert.Equal("#!", Read("bin/go"));
        Assert.Equal(0b111_101_101, (int)ModeOf("bin/go"));
    }

    [Fact]
    public async Task A_file_compressed_by_gzip_is_decompressed_beside_it()
    {
        await using var server = await ArtifactServer.StartAsync(("/data.csv.gz", Gzip("1,2"u8.ToArray())));

        await FetchAsync(new Uri { Value = $"{server.Address}/data.csv.gz" });

        Assert.Equal("1,2", Read("data.csv"));
    }

    [Fact]
    public async Task What_is_not_to_be_extracted_is_not()
    {
        await using var server = await ArtifactServer.StartAsync(("/a.zip", Archived("a.zip", "x", "y")));

        await FetchAsync(new Uri { Value = $"{server.Address}/a.zip", Extract = false });

        Assert.Equal(["a.zip"], Directory.GetFileSystemEntries(Sandbox).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_file_of_the_node_is_read_where_it_is_mounted()
    {
        await System.IO.File.WriteAllTextAsync(Path.Combine(_folder, "mounted"), "m", _deadline.Token);
        var files = new Dictionary<int, string> { [0] = Path.Combine(_folder, "mounted") };

        await FetchAsync(files, new Uri { Value = "file:///opt/model.bin" });

        Assert.Equal("m", Read("model.bin"));
    }

    [Fact]
    public async Task A_failure_names_the_uri_without_its_password_and_its_query()
    {
        await using var server = await ArtifactServer.StartAsync();
        var address = server.Address["http://".Length..];

        var failure = await Assert.ThrowsAsync<FetchException>(() => FetchAsync(new Uri { Value = $"http://me:secret@{address}/a.tgz?sig=secret" }));

        Assert.Equal($"Failed to fetch 'http://{address}/a.tgz': HTTP status 404 (Not Found)", failure.Message);
        Assert.Equal([$"Basic {Convert.ToBase64String("me:secret"u8)}"], server.Authorizations);
    }

    [Theory]
    [InlineData("?sig="), InlineData("?sig=a/"), InlineData("#")]
    public async Task A_failure_that_names_a_file_does_not_name_its_query(string query)
    {
        await using var server = await ArtifactServer.StartAsync();
        var tooLong = $"{server.Address}/a.tgz{query}{new string('s', 300)}";
        var taken = $"{server.Address}/a.tgz{query}sss";
        Directory.CreateDirectory(Path.Combine(Sandbox, taken[(taken.LastIndexOf('/') + 1)..]));

        foreach (var uri in new[] { tooLong, taken })
        {
            var failure = await Assert.ThrowsAsync<FetchException>(() => FetchAsync(new Uri { Value = uri }));

            Assert.StartsWith($"Failed to fetch '{server.Address}/a.tgz': ", failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("sss", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Nobody_there_is_a_failure_in_words()
    {
        var failure = await Assert.ThrowsAsync<FetchException>(() => FetchAsync(new Uri { Value = "http://127.0.0.1:1/a" }));

        Assert.StartsWith("Failed to fetch 'http://127.0.0.1:1/a': Connection refused", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../out"), InlineData("/etc/out"), InlineData("a/../../out"), InlineData("..")]
    public async Task Nothing_in_an_archive_gets_out_of_the_sandbox(string name)
    {
        await using var server = await ArtifactServer.StartAsync(("/a.tar", Tar(gzip: false, File(name, "x"))), ("/a.zip", Zip(name, "x")));

        var tar = await Assert.ThrowsAsync<FetchException>(() => FetchAsync(new Uri { Value = $"{server.Address}/a.tar" }));
        var zip = await Assert.ThrowsAsync<FetchException>(() => FetchAsync(new Uri { Value = $"{server.Address}/a.zip" }));

        Assert.Contains("sandbox", tar.Message, StringComparison.Ordinal);
        Assert.Contains("sandbox", zip.Message, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(Path.Combine(_folder, "out")));
    }

    [Fact]
    public async Task Nothing_is_written_through_a_link_of_an_archive()
    {
        var link = new PaxTarEntry(TarEntryType.SymbolicLink, "way") { LinkName = _folder };
        await using var server = await ArtifactServer.StartAsync(("/a.tar", Tar(gzip: false, link, File("way/out", "x"))));

        var failure = await Assert.ThrowsAsync<FetchException>(() => FetchAsync(new Uri { Value = $"{server.Address}/a.tar" }));

        Assert.EndsWith("'way/out' is behind a link", failure.Message, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(Path.Combine(_folder, "out")));
    }

    [Fact]
    public async Task A_link_in_the_place_of_a_file_is_replaced_and_not_followed()
    {
        await System.IO.File.WriteAllTextAsync(Path.Combine(_folder, "outside"), "as before", _deadline.Token);
        var link = new PaxTarEntry(TarEntryType.SymbolicLink, "a") { LinkName = Path.Combine(_folder, "outside") };
        await using var server = await ArtifactServer.StartAsync(("/a.tar", Tar(gzip: false, link, File("a", "new"))));

        await FetchAsync(new Uri { Value = $"{server.Address}/a.tar" });

        Assert.Equal("new", Read("a"));
        Assert.Equal("as before", await System.IO.File.ReadAllTextAsync(Path.Combine(_folder, "outside"), _deadline.Token));
    }

    [Theory]
    [InlineData("../x"), InlineData("/x")]
    public async Task An_output_file_cannot_be_outside(string output)
    {
        await using var server = await ArtifactServer.StartAsync(("/a", [1]));

        var failure = await Assert.ThrowsAsync<FetchException>(() => FetchAsync(new Uri { Value = $"{server.Address}/a", OutputFile = output }));

        Assert.EndsWith($"'{output}' leaves the sandbox", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_archive_that_grows_too_large_is_given_up()
    {
        await using var server = await ArtifactServer.StartAsync(("/bomb.gz", Gzip(new byte[5 << 20])));

        var failure = await Assert.ThrowsAsync<FetchException>(() => FetchAsync(new Uri { Value = $"{server.Address}/bomb.gz" }));

        Assert.EndsWith("more than 1 MiB", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.tar"), InlineData("a.zip"), InlineData("a.tgz"), InlineData("a.gz")]
    public async Task What_only_pretends_to_be_an_archive_is_a_failure_in_words(string name)
    {
        await using var server = await ArtifactServer.StartAsync(($"/{name}", Encoding.ASCII.GetBytes(new string('x', 2000))));

        var failure = await Assert.ThrowsAsync<FetchException>(() => FetchAsync(new Uri { Value = $"{server.Address}/{name}" }));

        Assert.StartsWith($"Failed to fetch '{server.Address}/{name}': it is no", failure.Message, StringComparison.Ordinal);
    }

    private Task FetchAsync(params Uri[] uris) => FetchAsync(new Dictionary<int, string>(), uris);

    private Task FetchAsync(Dictionary<int, string> files, params Uri[] uris) =>
        new Fetcher(_http, new Sandbox(Sandbox), files, new FetchLimits(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(25), _limit), TimeProvider.System, TextWriter.Null)
            .FetchAsync(uris, _deadline.Token);

    private string Read(string name) => System.IO.File.ReadAllText(Path.Combine(Sandbox, name));

    private UnixFileMode ModeOf(string name) => System.IO.File.GetUnixFileMode(Path.Combine(Sandbox, name));

    private static byte[] Archived(string name, string file, string content) => name switch
    {
        "a.zip" => Zip(file, content),
        "a.tar" => Tar(gzip: false, File(file, content)),
        "a.tar.bz2" => Compressed("bzip2", Tar(gzip: false, File(file, content))),
        "a.txz" => Compressed("xz", Tar(gzip: false, File(file, content))),
        _ => Tar(gzip: true, File(file, content)),
    };

    private static byte[] Compressed(string program, byte[] content)
    {
        var folder = Directory.CreateTempSubdirectory("fetch-").FullName;
        try
        {
            System.IO.File.WriteAllBytes(Path.Combine(folder, "x"), content);
            using var process = System.Diagnostics.Process.Start(program, ["-z", Path.Combine(folder, "x")]);
            Assert.True(process.WaitForExit(TimeSpan.FromSeconds(20)));
            return System.IO.File.ReadAllBytes(Directory.GetFiles(folder).Single());
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{program} is not installed");
            throw;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static PaxTarEntry File(string name, string content) => new(TarEntryType.RegularFile, name)
    {
        Mode = (UnixFileMode)0b111_101_101, DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)),
    };

    private static byte[] Tar(bool gzip, params TarEntry[] entries)
    {
        var buffer = new MemoryStream();
        using (var writer = new TarWriter(buffer, leaveOpen: true))
        {
            foreach (var entry in entries)
            {
                writer.WriteEntry(entry);
            }
        }

        return gzip ? Gzip(buffer.ToArray()) : buffer.ToArray();
    }

    private static byte[] Gzip(byte[] content)
    {
        var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return buffer.ToArray();
    }

    private static byte[] Zip(string name, string content)
    {
        var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create))
        {
            var entry = zip.CreateEntry(name);
            entry.ExternalAttributes = (0x8000 | 0b111_101_101) << 16;
            using var stream = entry.Open();
            stream.Write(Encoding.UTF8.GetBytes(content));
        }

        return buffer.ToArray();
    }
}
