using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Silo.Settings;
using ProvingMarket.Silo.Web;

namespace ProvingMarket.Silo.Tests;

/// <summary>Who may see what only operators may see.</summary>
public sealed class OperatorPolicyTests : IAsyncLifetime
{
    private const string Key = "a key of 22 characters";

    private static readonly IPAddress Elsewhere = IPAddress.Parse("192.0.2.7");

    private readonly List<WebApplication> _apps = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var app in _apps) await app.DisposeAsync();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("192.0.2.7")]
    public async Task Without_the_key_it_is_asked_for(string from)
    {
        var response = await AskAsync(Key, IPAddress.Parse(from));

        Assert.Equal(401, response.StatusCode);
        Assert.Equal("Basic realm=\"ProvingMarket operator\", charset=\"UTF-8\",Bearer", response.Headers.WWWAuthenticate.ToString());
    }

    [Theory]
    [InlineData("Bearer", Key)]
    [InlineData("bearer", Key)]
    [InlineData("Basic", ":" + Key)]
    [InlineData("Basic", "anybody:" + Key)]
    public async Task With_the_key_it_is_shown(string scheme, string credentials) =>
        Assert.Equal(200, (await AskAsync(Key, Elsewhere, Header(scheme, credentials))).StatusCode);

    [Theory]
    [InlineData("Bearer", "another key of 28 characters")]
    [InlineData("Bearer", "a key of 22 character")]
    [InlineData("Bearer", "")]
    [InlineData("Basic", "anybody:another key of 28 characters")]
    [InlineData("Basic", Key)]
    [InlineData("Basic", Key + ":")]
    [InlineData("Digest", Key)]
    public async Task With_anything_else_it_is_not(string scheme, string credentials)
    {
        Assert.Equal(401, (await AskAsync(Key, Elsewhere, Header(scheme, credentials))).StatusCode);
        Assert.Equal(401, (await AskAsync(Key, IPAddress.Loopback, Header(scheme, credentials))).StatusCode);
    }

    [Theory]
    [InlineData("Basic not-base-64!")]
    [InlineData("Basic")]
    [InlineData("\t")]
    [InlineData("Bearer a, Bearer b")]
    public async Task A_header_that_cannot_be_read_is_no_key(string authorization) =>
        Assert.Equal(401, (await AskAsync(Key, Elsewhere, authorization)).StatusCode);

    [Theory]
    [InlineData("127.0.0.1", "localhost")]
    [InlineData("127.0.0.1", "127.0.0.1:5180")]
    [InlineData("::1", "[::1]:5180")]
    public async Task Without_a_configured_key_this_machine_is_an_operator(string from, string host) =>
        Assert.Equal(200, (await AskAsync(null, IPAddress.Parse(from), host: host)).StatusCode);

    [Fact]
    public async Task Without_a_configured_key_nobody_else_is()
    {
        Assert.Equal(403, (await AskAsync(null, Elsewhere)).StatusCode);
        Assert.Equal(403, (await AskAsync(null, Elsewhere, Header("Bearer", Key))).StatusCode);
        Assert.Equal(403, (await AskAsync(null, from: null)).StatusCode);
    }

    [Theory]
    [InlineData("X-Forwarded-For", "192.0.2.7")]
    [InlineData("Forwarded", "for=192.0.2.7")]
    public async Task Nobody_is_an_operator_because_of_a_proxy_on_this_machine(string header, string value) =>
        Assert.Equal(403, (await AskAsync(null, IPAddress.Loopback, configure: request => request.Headers[header] = value)).StatusCode);

    [Fact]
    public async Task Nobody_is_an_operator_because_a_name_leads_to_this_machine() =>
        Assert.Equal(403, (await AskAsync(null, IPAddress.Loopback, host: "attacker.example")).StatusCode);

    private static string Header(string scheme, string credentials) =>
        new AuthenticationHeaderValue(scheme, scheme == "Basic" ? Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)) : credentials).ToString();

    private async Task<HttpResponse> AskAsync(
        string? key, IPAddress? from, string? authorization = null, string host = "localhost", Action<HttpRequest>? configure = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.Configure<SiloSettings>(settings => settings.Operator.Key = key);
        builder.Services.AddOperatorPolicy();
        var app = builder.Build();
        _apps.Add(app);
        app.MapGet("/page", () => "for operators").RequireAuthorization(OperatorPolicy.Name);
        await app.StartAsync();
        var context = await app.GetTestServer().SendAsync(context =>
        {
            context.Connection.RemoteIpAddress = from;
            (context.Request.Path, context.Request.Host) = ("/page", new HostString(host));
            if (authorization is not null) context.Request.Headers.Authorization = authorization;
            configure?.Invoke(context.Request);
        });
        return context.Response;
    }
}
