namespace MesosK8sBridge.Fuzz;

/// <summary>Makes an input that shows a failure as short as a few hundred tries allow.</summary>
internal static class Shrinking
{
    private const int MaxTries = 300;

    public static async Task<byte[]> ShrinkAsync(byte[] input, Func<byte[], Task<bool>> stillFails)
    {
        var tries = 0;
        for (var piece = Math.Max(1, input.Length / 2); piece >= 1 && tries < MaxTries; piece /= 2)
        {
            for (var at = 0; at < input.Length && tries < MaxTries; tries++)
            {
                byte[] shorter = [.. input.AsSpan(0, at), .. input.AsSpan(Math.Min(input.Length, at + piece))];
                if (await stillFails(shorter))
                {
                    input = shorter;
                }
                else
                {
                    at += piece;
                }
            }
        }

        return input;
    }
}
