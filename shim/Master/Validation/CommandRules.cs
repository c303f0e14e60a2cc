using MesosK8sBridge.Protocol.V1;
using VariableType = MesosK8sBridge.Protocol.V1.Environment.Types.Variable.Types.Type;

namespace MesosK8sBridge.Shim.Master.Validation;

/// <summary>What a command's environment must look like.</summary>
/// <remarks>Mesos: src/common/validation.cpp, validateCommandInfo, validateEnvironment and validateSecret.</remarks>
internal static class CommandRules
{
    public static string? Check(CommandInfo command) =>
        command.Environment?.Variables.Select(Check).FirstOrDefault(e => e is not null);

    /// <remarks>Of a type that is unknown nothing can be said; Mesos leaves it to the agent.</remarks>
    private static string? Check(Secret secret)
    {
        if (secret.Type == Secret.Types.Type.Reference)
        {
            return secret.Reference is null ? "Secret of type REFERENCE must have the 'reference' field set"
                : secret.Value is null ? null
                : $"Secret '{secret.Reference.Name}' of type REFERENCE must not have the 'value' field set";
        }

        return secret.Type != Secret.Types.Type.Value ? null
            : secret.Value is null ? "Secret of type VALUE must have the 'value' field set"
            : secret.Reference is null ? null
            : "Secret of type VALUE must not have the 'reference' field set";
    }

    private static string? Check(Protocol.V1.Environment.Types.Variable variable) => variable.Type switch
    {
        VariableType.Secret => CheckSecret(variable),
        VariableType.Value when !variable.HasValue => $"Environment variable '{variable.Name}' of type 'VALUE' must have a value set",
        VariableType.Value when variable.Secret is not null =>
            $"Environment variable '{variable.Name}' of type 'VALUE' must not have a secret set",
        VariableType.Value => null,
        _ => "Environment variable of type 'UNKNOWN' is not allowed",
    };

    private static string? CheckSecret(Protocol.V1.Environment.Types.Variable variable)
    {
        if (variable.Secret is null)
        {
            return $"Environment variable '{variable.Name}' of type 'SECRET' must have a secret set";
        }

        if (variable.HasValue)
        {
            return $"Environment variable '{variable.Name}' of type 'SECRET' must not have a value set";
        }

        if (Check(variable.Secret) is { } error)
        {
            return $"Environment variable '{variable.Name}' specifies an invalid secret: {error}";
        }

        return variable.Secret.Value?.Data.Contains((byte)0) == true
            ? $"Environment variable '{variable.Name}' specifies a secret containing null bytes, which is not allowed in the environment"
            : null;
    }
}
