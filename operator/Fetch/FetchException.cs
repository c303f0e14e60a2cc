namespace MesosK8sBridge.Operator.Fetch;

/// <summary>Something cannot be fetched or extracted; the message says why, without naming what.</summary>
internal sealed class FetchException : Exception
{
    public FetchException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
