namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>What the ids that frameworks choose must look like.</summary>
/// <remarks>Mesos: src/common/validation.cpp, validateID.</remarks>
internal static class IdRules
{
    private const int MaxLength = 255;

    public static string? Check(string id)
    {
        if (id.Length == 0)
        {
            return "ID must not be empty";
        }

        if (System.Text.Encoding.UTF8.GetByteCount(id) > MaxLength)
        {
            return "ID must not be greater than 255 characters";
        }

        if (id is "." or "..")
        {
            return $"'{id}' is disallowed";
        }

        return id.Any(c => c < ' ' || c == (char)127 || c is '/' or '\\') ? $"'{id}' contains invalid characters" : null;
    }
}
