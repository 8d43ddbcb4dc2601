using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProvingMarket.Silo.Settings;

namespace ProvingMarket.Silo.Web;

/// <summary>Recognises operators: by their key, or without one configured by calling from this machine.</summary>
internal sealed class OperatorAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IOptions<SiloSettings> settings)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>The scheme's name.</summary>
    public const string SchemeName = "Operator";

    private const string Forwarded = "Forwarded";
    private const string XForwardedFor = "X-Forwarded-For";

    private readonly OperatorKey? _key = settings.Value.Operator.Key is { } key ? new OperatorKey(key) : null;

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var isOperator = _key?.IsIn(Request.Headers.Authorization) ?? IsFromThisMachine(Context);
        return Task.FromResult(isOperator ? AuthenticateResult.Success(Ticket()) : AuthenticateResult.NoResult());
    }

    /// <summary>401 asks for the key; where there is none, no answer would help.</summary>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = _key is null ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized;
        if (_key is not null) Response.Headers.WWWAuthenticate = new[] { "Basic realm=\"ProvingMarket operator\", charset=\"UTF-8\"", "Bearer" };
        return Task.CompletedTask;
    }

    /// <summary>A proxy on this machine connects from loopback, too, for everybody; and a web page elsewhere may have a name that leads to
    /// loopback. Neither is an operator.</summary>
    private static bool IsFromThisMachine(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote)
        && !context.Request.Headers.ContainsKey(Forwarded) && !context.Request.Headers.ContainsKey(XForwardedFor)
        && IsLoopback(context.Request.Host.Host);

    private static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private AuthenticationTicket Ticket() => new(new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Role, OperatorPolicy.Role)], Scheme.Name)), Scheme.Name);
}
