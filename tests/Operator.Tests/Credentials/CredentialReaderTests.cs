using System.Text;
using MesosK8sBridge.Kubernetes.Models;
using MesosK8sBridge.Operator.Credentials;

namespace MesosK8sBridge.Operator.Tests.Credentials;

public sealed class CredentialReaderTests
{
    [Theory]
    [InlineData("principal=marathon secret=s3cret", "marathon", "s3cret")]
    [InlineData("username=marathon password=s3:cret", "marathon", "s3:cret")]
    [InlineData("username=other password=other principal=marathon secret=s3cret", "marathon", "s3cret")]
    public void A_credential_is_read_from_Mesos_keys_or_those_of_basic_auth(string data, string principal, string secret)
    {
        var (credential, problem) = CredentialReader.Read(Secret(data));

        Assert.Null(problem);
        Assert.Equal((principal, secret), (credential!.Principal, Encoding.UTF8.GetString(credential.Secret.Span)));
    }

    [Theory]
    [InlineData("", "Secret 's' has no key 'principal'")]
    [InlineData("principal=x7x", "Secret 's' has no key 'secret'")]
    [InlineData("principal= secret=x7x", "Secret 's' has no key 'principal'")]
    [InlineData("username=x7x", "Secret 's' has no key 'password'")]
    [InlineData("principal=x7:x secret=x7x", "Secret 's': 'principal' has a colon in it, which HTTP Basic authentication cannot carry")]
    [InlineData("principal=x7x\n secret=x7x", "Secret 's': 'principal' ends in a line break, which is hardly part of it")]
    [InlineData("principal=x\t7x secret=x7x", "Secret 's': 'principal' has control characters in it")]
    [InlineData("principal=x7x secret=x7x\n", "Secret 's': 'secret' ends in a line break, which is hardly part of it")]
    public void What_is_wrong_is_said_without_a_word_of_what_is_inside(string data, string problem)
    {
        var (credential, said) = CredentialReader.Read(Secret(data));

        Assert.Null(credential);
        Assert.Equal(problem, said);
        Assert.DoesNotContain("x7", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_principal_that_is_no_text_is_refused()
    {
        var secret = Secret("secret=x");
        secret.Data!["principal"] = [0xFF, 0xFE];

        Assert.Equal("Secret 's': 'principal' is not UTF-8 text", CredentialReader.Read(secret).Problem);
    }

    internal static V1Secret Secret(string data) => new()
    {
        Metadata = new V1ObjectMeta { Name = "s", NamespaceProperty = "n" },
        Data = data.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => Encoding.UTF8.GetBytes(pair[1])),
    };
}
