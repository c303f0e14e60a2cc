using System.Text.RegularExpressions;

namespace MesosK8sBridge.Kubernetes.Embedded.Validation;

/// <summary>The API's rules for names. Each returns what is wrong, or null.</summary>
/// <remarks>Kubernetes: apimachinery/pkg/util/validation/validation.go.</remarks>
internal static partial class Names
{
    private const string LabelSyntax = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    private const string SubdomainSyntax = LabelSyntax + @"(\." + LabelSyntax + ")*";
    private const string QualifiedSyntax = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
    private const string ValueSyntax = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?";

    public static string? DnsLabel(string value) => First(
        value.Length > 63 ? "must be no more than 63 characters" : null,
        DnsLabelPattern().IsMatch(value)
            ? null
            : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
              + $"alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{LabelSyntax}')");

    public static string? Dns1035Label(string value) => First(
        value.Length > 63 ? "must be no more than 63 characters" : null,
        Dns1035Pattern().IsMatch(value)
            ? null
            : "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an "
              + "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')");

    public static string? DnsSubdomain(string value) => First(
        value.Length > 253 ? "must be no more than 253 characters" : null,
        SubdomainPattern().IsMatch(value)
            ? null
            : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
              + $"alphanumeric character (e.g. 'example.com', regex used for validation is '{SubdomainSyntax}')");

    /// <summary>A name that may stand between slashes of a URL.</summary>
    public static string? PathSegment(string value) =>
        value is "." or ".." ? $"may not be '{value}'"
        : value.Contains('/', StringComparison.Ordinal) ? "may not contain '/'"
        : value.Contains('%', StringComparison.Ordinal) ? "may not contain '%'"
        : null;

    public static string? LabelValue(string value) => First(
        value.Length > 63 ? "must be no more than 63 characters" : null,
        LabelValuePattern().IsMatch(value)
            ? null
            : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
              + $"alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '{ValueSyntax}')");

    public static string? QualifiedName(string value)
    {
        var parts = value.Split('/');
        if (parts.Length > 2)
        {
            return "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
                + $"character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{QualifiedSyntax}') with an optional DNS "
                + "subdomain prefix and '/' (e.g. 'example.com/MyName')";
        }

        var prefix = parts.Length == 2
            ? parts[0].Length == 0 ? "prefix part must be non-empty" : DnsSubdomain(parts[0]) is { } wrong ? "prefix part " + wrong : null
            : null;
        var name = parts[^1];
        return First(
            prefix,
            name.Length == 0 ? "name part must be non-empty" : name.Length > 63 ? "name part must be no more than 63 characters" : null,
            QualifiedPattern().IsMatch(name)
                ? null
                : "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
                  + $"(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{QualifiedSyntax}')");
    }

    public static string? EnvironmentVariable(string value) =>
        EnvironmentVariablePattern().IsMatch(value)
            ? value is "." or ".." ? $"must not be '{value}'" : null
            : "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a "
              + "digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')";

    public static string? ConfigMapKey(string value) => First(
        value.Length > 253 ? "must be no more than 253 characters" : null,
        ConfigMapKeyPattern().IsMatch(value)
            ? null
            : "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', "
              + "regex used for validation is '[-._a-zA-Z0-9]+')",
        value == "." ? "must not be '.'" : value == ".." ? "must not be '..'" : null);

    private static string? First(params ReadOnlySpan<string?> problems)
    {
        foreach (var problem in problems)
        {
            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
    }

    [GeneratedRegex("^" + LabelSyntax + "\\z")]
    private static partial Regex DnsLabelPattern();

    [GeneratedRegex("^[a-z]([-a-z0-9]*[a-z0-9])?\\z")]
    private static partial Regex Dns1035Pattern();

    [GeneratedRegex("^" + SubdomainSyntax + "\\z")]
    private static partial Regex SubdomainPattern();

    [GeneratedRegex("^" + ValueSyntax + "\\z")]
    private static partial Regex LabelValuePattern();

    [GeneratedRegex("^" + QualifiedSyntax + "\\z")]
    private static partial Regex QualifiedPattern();

    [GeneratedRegex("^[-._a-zA-Z][-._a-zA-Z0-9]*\\z")]
    private static partial Regex EnvironmentVariablePattern();

    [GeneratedRegex("^[-._a-zA-Z0-9]+\\z")]
    private static partial Regex ConfigMapKeyPattern();
}
