namespace MesosK8sBridge.Kubernetes.Configuration;

/// <summary>The configuration cannot be used. The message names the file and the field, and never what a secret field holds.</summary>
public sealed class KubernetesConfigurationException(string message, Exception? innerException = null) : Exception(message, innerException);
