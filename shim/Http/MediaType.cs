using System.Globalization;

namespace MesosK8sBridge.Shim.Http;

/// <summary>The two ways a v1 message is written.</summary>
internal enum MediaType
{
    Json,
    Protobuf,
}

/// <summary>How Mesos reads the headers that speak of media types and encodings.</summary>
/// <remarks>
/// Mesos: src/master/http.cpp and 3rdparty/libprocess/src/http.cpp, <c>_acceptsMediaType</c>, <c>acceptsEncoding</c>.
/// Neither order nor preference counts, only whether a thing is refused by <c>q=0</c>.
/// </remarks>
internal static class MediaTypes
{
    public const string Json = "application/json";
    public const string Protobuf = "application/x-protobuf";

    public static string Name(this MediaType type) => type == MediaType.Json ? Json : Protobuf;

    /// <summary>Compared byte for byte: neither parameters nor other letter case are understood.</summary>
    public static MediaType? OfContent(string contentType) => contentType switch
    {
        Json => MediaType.Json,
        Protobuf => MediaType.Protobuf,
        _ => null,
    };

    /// <param name="accept">The <c>Accept</c> header; null, when there is none, accepts everything.</param>
    /// <returns>What to answer in: JSON wherever it is acceptable; null if neither is.</returns>
    public static MediaType? Acceptable(string? accept) =>
        accept is null || Accepts(accept, [Json, "application/*", "*/*"]) ? MediaType.Json
        : Accepts(accept, [Protobuf, "application/*", "*/*"]) ? MediaType.Protobuf
        : null;

    public static bool AcceptsGzip(string? acceptEncoding) =>
        acceptEncoding is not null && Accepts(acceptEncoding, ["gzip", "*"]);

    /// <summary>The first candidate that is listed decides.</summary>
    private static bool Accepts(string header, ReadOnlySpan<string> candidates)
    {
        var listed = header.Replace(" ", "").Replace("\t", "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        foreach (var candidate in candidates)
        {
            foreach (var item in listed)
            {
                var parts = item.Split(';', StringSplitOptions.RemoveEmptyEntries);
                if (parts.Length > 0 && parts[0].Equals(candidate, StringComparison.OrdinalIgnoreCase))
                {
                    return IsWanted(parts.AsSpan(1));
                }
            }
        }

        return false;
    }

    private static bool IsWanted(ReadOnlySpan<string> parameters)
    {
        foreach (var parameter in parameters)
        {
            if (parameter.StartsWith("q=", StringComparison.Ordinal))
            {
                return double.TryParse(parameter.AsSpan(2), NumberStyles.Float, CultureInfo.InvariantCulture, out var quality)
                    && quality > 0;
            }
        }

        return true;
    }
}
