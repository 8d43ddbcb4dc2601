namespace Orleans.Runtime.Outputs;

/// <summary>Something that is to leave the silo and may tell of what is not on the disk yet: the answer to a client, or a call of an observer. Nothing here may throw or block.</summary>
internal interface IHeldOutput
{
    /// <summary>Gets a value indicating whether somebody waits for it, who is better told that it does not come than left waiting.</summary>
    bool IsAwaited { get; }

    /// <summary>Lets it go: everything it may tell of is on the disk.</summary>
    void Release();

    /// <summary>Puts a failure in its place. Only what is awaited.</summary>
    /// <param name="error">Why nobody knows when the disk will have what it may tell of.</param>
    void Refuse(Exception error);
}
