using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Client;

namespace ProvingMarket.Samples.Extending;

/// <summary>An ASP.NET Core service that asks the market for proofs: one call to ask, one for what became of it. What is asked under one id is one request, so both
/// may be repeated, also after this service was restarted.</summary>
public static class ProofService
{
    /// <summary>Builds it.</summary>
    /// <param name="gateway">Where the market is.</param>
    /// <param name="requests">Makes a request to the market from an id and what a caller has sent.</param>
    /// <param name="url">Where it listens, for example <c>http://127.0.0.1:0</c>.</param>
    public static WebApplication Build(IPEndPoint gateway, IRequestMaker requests, string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.UseProvingMarketGateway(gateway, connectWithin: TimeSpan.FromSeconds(30));
        builder.Services.AddProvingMarketClient(options => options.GiveUpAfter = TimeSpan.FromSeconds(30));
        builder.Services.AddSingleton(requests);
        var app = builder.Build();
        app.Urls.Add(url);
        app.MapPut("/proofs/{id}", AskAsync);
        app.MapGet("/proofs/{id}", FetchAsync);
        return app;
    }

    private static async Task<IResult> AskAsync(string id, HttpRequest body, IRequestMaker requests, IProvingMarketClient market, CancellationToken cancellationToken)
    {
        using var input = new MemoryStream();
        await body.Body.CopyToAsync(input, cancellationToken);
        try
        {
            var result = await market.ProveAsync(requests.Make(id, input.ToArray()), cancellationToken);
            return result.IsAccepted ? Results.Accepted($"/proofs/{id}") : Results.Problem($"{result.Refusal}", statusCode: StatusCodes.Status422UnprocessableEntity);
        }
        catch (MarketUnavailableException exception)
        {
            // Whether it was accepted is not known: the same call again tells.
            return Results.Problem(exception.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static async Task<IResult> FetchAsync(string id, IProvingMarketClient market, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await market.Attach(id).WaitAsync(cancellationToken);
            return outcome.IsDelivered ? Results.Bytes(outcome.Proof.Memory.ToArray()) : Results.Problem($"{outcome.Refusal}", statusCode: StatusCodes.Status404NotFound);
        }
        catch (ArgumentException exception)
        {
            return Results.Problem(exception.Message, statusCode: StatusCodes.Status400BadRequest);
        }
        catch (MarketUnavailableException exception)
        {
            return Results.Problem(exception.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
