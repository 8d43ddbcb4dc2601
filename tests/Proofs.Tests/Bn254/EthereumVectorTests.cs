using System.Text.Json;
using ProvingMarket.Proofs.Bn254.Curves;
using ProvingMarket.Proofs.Bn254.Fields;
using ProvingMarket.Proofs.Bn254.Pairings;
using ProvingMarket.Proofs.Tests.Support;

namespace ProvingMarket.Proofs.Tests.Bn254;

/// <summary>The precompiled contracts of EIP-196 and EIP-197: addition, multiplication and pairing check.</summary>
public class EthereumVectorTests
{
    [SharedDataFact]
    public void Additions() => ForEach("bn256Add.json", input =>
    {
        G1Jacobian.Add(new(ReadG1(input, 0)), ReadG1(input, 64), out var sum);
        return Write(sum.ToAffine());
    });

    [SharedDataFact]
    public void Multiplications() => ForEach("bn256ScalarMul.json", input =>
    {
        var scalar = new BigInteger(Slice(input, 64, 32), isUnsigned: true, isBigEndian: true);
        return Write(new G1Jacobian(ReadG1(input, 0)).Multiply(scalar.ToU256()).ToAffine());
    });

    [SharedDataFact]
    public void Pairing_checks() => ForEach("bn256Pairing.json", input =>
    {
        var pairs = new (G1Point, G2Point)[input.Length / 192];
        for (var i = 0; i < pairs.Length; i++)
            pairs[i] = (ReadG1(input, 192 * i), ReadG2(input, (192 * i) + 64));
        Assert.True(Pairing.TryProduct(pairs, out var product));
        return $"{(product == Fp12.One ? 1 : 0):x64}";
    });

    private static void ForEach(string file, Func<byte[], string> contract)
    {
        using var vectors = JsonDocument.Parse(SharedData.Read(Path.Combine("eip196-197", file)));
        Assert.NotEqual(0, vectors.RootElement.GetArrayLength());
        Assert.All(vectors.RootElement.EnumerateArray(), vector =>
        {
            var input = Convert.FromHexString(vector.GetProperty("Input").GetString()!);
            Assert.Equal(vector.GetProperty("Expected").GetString(), contract(input));
        });
    }

    private static G1Point ReadG1(byte[] input, int offset)
    {
        G1Point point = new(ReadFp(input, offset), ReadFp(input, offset + 32));
        Assert.True(point.IsOnCurve(Bn254Curve.B1));
        return point;
    }

    /// <summary>The contract puts the coefficient of u first.</summary>
    private static G2Point ReadG2(byte[] input, int offset)
    {
        G2Point point = new(
            new(ReadFp(input, offset + 32), ReadFp(input, offset)), new(ReadFp(input, offset + 96), ReadFp(input, offset + 64)));
        Assert.True(point.IsOnCurve(Bn254Curve.B2));
        return point;
    }

    private static Fp ReadFp(byte[] input, int offset)
    {
        Assert.True(Fp.TryCreate(U256.FromBigEndian(Slice(input, offset, 32)), out var element));
        return element;
    }

    /// <summary>Missing bytes at the end of an input count as zero.</summary>
    private static byte[] Slice(byte[] input, int offset, int length)
    {
        var slice = new byte[length];
        var available = Math.Clamp(input.Length - offset, 0, length);
        Array.Copy(input, int.Min(offset, input.Length), slice, 0, available);
        return slice;
    }

    private static string Write(G1Point point)
    {
        var bytes = new byte[64];
        point.X.ToU256().WriteBigEndian(bytes);
        point.Y.ToU256().WriteBigEndian(bytes.AsSpan(32));
        return Convert.ToHexStringLower(bytes);
    }
}
