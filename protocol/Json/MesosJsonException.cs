namespace MesosK8sBridge.Protocol;

/// <summary>Which of Mesos's two complaints about a JSON body applies.</summary>
public enum MesosJsonError
{
    /// <summary>The text is no JSON. Mesos answers "Failed to parse body into JSON: &lt;message&gt;".</summary>
    NotJson,

    /// <summary>The JSON is no such message. Mesos answers "Failed to convert JSON into Call protobuf: &lt;message&gt;".</summary>
    DoesNotFit,
}

/// <summary>JSON that cannot become the message asked for. The message text is Mesos's own.</summary>
public sealed class MesosJsonException : Exception
{
    internal MesosJsonException(MesosJsonError error, string message)
        : base(message)
    {
        Error = error;
    }

    public MesosJsonError Error { get; }

    internal static MesosJsonException NotJson(string message) => new(MesosJsonError.NotJson, message);

    internal static MesosJsonException DoesNotFit(string message) => new(MesosJsonError.DoesNotFit, message);
}
