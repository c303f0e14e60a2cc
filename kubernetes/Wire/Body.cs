using System.Buffers;

namespace MesosK8sBridge.Kubernetes.Wire;

/// <summary>The whole body of an answer in a rented buffer.</summary>
internal sealed class Body : IDisposable
{
    private const int FirstSize = 16 * 1024;

    private byte[] _buffer;

    private int _length;

    private Body(int size) => _buffer = ArrayPool<byte>.Shared.Rent(size);

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, _length);

    /// <exception cref="IOException">It is longer than <paramref name="most"/> bytes.</exception>
    public static async Task<Body> ReadAsync(HttpContent content, int most, CancellationToken cancellationToken)
    {
        var announced = content.Headers.ContentLength ?? 0;
        if (announced > most)
        {
            throw new IOException($"The API server's answer is {announced} bytes long; {most} are accepted.");
        }

        var body = new Body(Math.Max(FirstSize, (int)announced + 1));
        try
        {
            await using var stream = await content.ReadAsStreamAsync(cancellationToken);
            await body.FillAsync(stream, most, cancellationToken);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    private async Task FillAsync(Stream stream, int most, CancellationToken cancellationToken)
    {
        int read;
        while ((read = await stream.ReadAsync(_buffer.AsMemory(_length), cancellationToken)) > 0)
        {
            _length += read;
            if (_length > most)
            {
                throw new IOException($"The API server's answer is longer than the {most} bytes that are accepted.");
            }

            if (_length == _buffer.Length)
            {
                Grow();
            }
        }
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
