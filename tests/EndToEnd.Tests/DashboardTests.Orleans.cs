using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ProvingMarket.EndToEnd.Tests.Processes;

namespace ProvingMarket.EndToEnd.Tests;

/// <summary>The dashboard of Microsoft Orleans is shown to operators only.</summary>
public sealed class DashboardTests
{
    private const string Key = "a key of 22 characters";

    [Theory]
    [InlineData("/dashboard/")]
    [InlineData("/dashboard/index.min.js")]
    [InlineData("/dashboard/DashboardCounters")]
    public async Task With_a_configured_key_the_dashboard_needs_it(string path)
    {
        await using var silo = Start(out var http, ("Silo__Operator__Key", Key));
        using (http)
        {
            await silo.LineAsync(line => line.Contains("Now listening on", StringComparison.Ordinal));

            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(http, path));
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(http, path, new("Bearer", Key + "s")));
            Assert.Equal(HttpStatusCode.OK, await AskAsync(http, path, new("Bearer", Key)));
            Assert.Equal(HttpStatusCode.OK, await AskAsync(http, path, new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"me:{Key}")))));
            Assert.Equal(HttpStatusCode.OK, await AskAsync(http, "/health/ready"));
        }
    }

    [Fact]
    public async Task Without_a_configured_key_this_machine_sees_the_dashboard()
    {
        await using var silo = Start(out var http);
        using (http)
        {
            await silo.LineAsync(line => line.Contains("Now listening on", StringComparison.Ordinal));

            Assert.Equal(HttpStatusCode.OK, await AskAsync(http, "/dashboard/"));
            http.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.7");
            Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(http, "/dashboard/"));
        }
    }

    private static Program Start(out HttpClient http, params (string Name, string Value)[] environment)
    {
        var port = Ports.Free();
        http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        return Program.Start(
            "ProvingMarket.Silo.dll", environment, "--gateway-port", "0", "--silo-port", "0", "--web-port", port.ToString(CultureInfo.InvariantCulture));
    }

    private static async Task<HttpStatusCode> AskAsync(HttpClient http, string path, AuthenticationHeaderValue? authorization = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = authorization } };
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }
}
