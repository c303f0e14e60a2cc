using Google.Protobuf;

namespace MesosK8sBridge.Protocol;

/// <summary>Reads Base64 as forgivingly as Mesos: whitespace is skipped, the first <c>=</c> ends it, a short last group is taken.</summary>
/// <remarks>Mesos: 3rdparty/stout/include/stout/base64.hpp.</remarks>
internal static class LenientBase64
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    /// <returns>What is wrong with the text, or null.</returns>
    internal static string? TryDecode(string text, out ByteString bytes)
    {
        bytes = ByteString.Empty;
        var decoded = new byte[(text.Length * 3 / 4) + 1];
        int length = 0, bits = 0, pending = 0;
        foreach (var c in text)
        {
            if (c == '=')
            {
                break;
            }

            if (c is ' ' or (>= '\t' and <= '\r'))
            {
                continue;
            }

            var value = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (value < 0)
            {
                return $"Invalid character '{c}'";
            }

            pending = ((pending << 6) | value) & 0xffff;
            bits += 6;
            if (bits >= 8)
            {
                bits -= 8;
                decoded[length++] = (byte)(pending >> bits);
            }
        }

        bytes = ByteString.CopyFrom(decoded, 0, length);
        return null;
    }
}
