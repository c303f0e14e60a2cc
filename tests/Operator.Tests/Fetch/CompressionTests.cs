using System.Diagnostics;
using MesosK8sBridge.Operator.Fetch;

namespace MesosK8sBridge.Operator.Tests.Fetch;

/// <summary>What bzip2 and xz make, read without them.</summary>
public sealed class CompressionTests
{
    private static readonly byte[] Greeting = "hello hello hello hello, world\n"u8.ToArray();

    /// <summary>Made by bzip2 and by xz of <see cref="Greeting"/>.</summary>
    [Theory]
    [InlineData("bzip2", "QlpoOTFBWSZTWf03USYAAAXRgAAQQAQGRJCAIAAhKRmmgQAwlxXmwVxmAgNa4XckU4UJD9N1EmA=")]
    [InlineData("xz", "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AAeABRdADQZSe6N6VYK53mdLu0NAwm9h4AAAPcFpzKl/JALAAEwHy2OyHIftvN9AQAAAAAEWVo=")]
    public void What_was_compressed_is_read_and_whatever_byte_is_wrong_is_noticed(string program, string base64)
    {
        var compressed = Convert.FromBase64String(base64);
        Assert.Equal(Greeting, Read(program, compressed));

        for (var i = 0; i < compressed.Length; i++)
        {
            var damaged = (byte[])compressed.Clone();
            damaged[i] ^= 0x10;
            try
            {
                Assert.Equal(Greeting, Read(program, damaged)); // What no checksum covers changes nothing.
            }
            catch (InvalidDataException)
            {
                // Noticed.
            }

            Assert.Throws<InvalidDataException>(() => Read(program, compressed[..i]));
        }
    }

    [Theory]
    [InlineData("bzip2", "-1", 300_000)]
    [InlineData("bzip2", "-9", 3_000_000)]
    [InlineData("xz", "-0", 300_000)]
    [InlineData("xz", "-6", 3_000_000)]
    [InlineData("xz", "--check=crc32", 100_000)]
    [InlineData("xz", "--check=sha256", 100_000)]
    [InlineData("xz", "--check=none", 100_000)]
    [InlineData("xz", "--lzma2=dict=4KiB,lc=1,lp=2,pb=1", 300_000)]
    [InlineData("xz", "--block-size=65536", 300_000)]
    public async Task Whatever_the_programs_make_is_read(string program, string option, int length)
    {
        var content = Content(length);

        var compressed = await CompressAsync(program, option, content);

        Assert.True(content.AsSpan().SequenceEqual(Read(program, compressed)));
        Assert.Equal(2L * length, Read(program, [.. compressed, .. compressed]).LongLength);
    }

    [Theory]
    [InlineData("bzip2", "-1")]
    [InlineData("xz", "-6")]
    public async Task Damage_is_noticed_and_never_breaks_the_reader(string program, string option)
    {
        var content = Content(20_000);
        var compressed = await CompressAsync(program, option, content);
        var random = new Random(11);
        for (var i = 0; i < 300; i++)
        {
            var damaged = (byte[])compressed.Clone();
            for (var times = random.Next(1, 20); times > 0; times--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            try
            {
                Assert.True(content.AsSpan().SequenceEqual(Read(program, damaged)));
            }
            catch (InvalidDataException)
            {
                // Noticed.
            }
        }
    }

    [Fact]
    public async Task A_dictionary_that_does_not_fit_is_named()
    {
        var compressed = await CompressAsync("xz", "--lzma2=dict=128MiB", Content(1000));

        Assert.Equal("its dictionary has more than 64 MiB", Assert.Throws<InvalidDataException>(() => Read("xz", compressed)).Message);
    }

    private static byte[] Read(string program, byte[] compressed)
    {
        using var source = new MemoryStream(compressed);
        using Stream stream = program == "xz" ? new XzStream(source) : new Bzip2Stream(source);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>Runs, words, noise and what has been there before.</summary>
    private static byte[] Content(int length)
    {
        var random = new Random(7);
        var content = new List<byte>(length + 1000);
        while (content.Count < length)
        {
            switch (random.Next(4))
            {
                case 0:
                    content.AddRange(Enumerable.Repeat((byte)random.Next(256), random.Next(600)));
                    break;
                case 1:
                    content.AddRange("the quick brown fox "u8.ToArray());
                    break;
                case 2:
                    var noise = new byte[random.Next(40)];
                    random.NextBytes(noise);
                    content.AddRange(noise);
                    break;
                default:
                    var from = random.Next(content.Count + 1);
                    content.AddRange(content.GetRange(from, Math.Min(random.Next(300), content.Count - from)));
                    break;
            }
        }

        return [.. content.Take(length)];
    }

    private static async Task<byte[]> CompressAsync(string program, string option, byte[] content)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo(program, ["-c", option]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"'{program}' is not here to compress anything");
            throw;
        }

        using (process)
        {
            using var compressed = new MemoryStream();
            var reading = process.StandardOutput.BaseStream.CopyToAsync(compressed, deadline.Token);
            await process.StandardInput.BaseStream.WriteAsync(content, deadline.Token);
            process.StandardInput.Close();
            await reading;
            await process.WaitForExitAsync(deadline.Token);
            return compressed.ToArray();
        }
    }
}
