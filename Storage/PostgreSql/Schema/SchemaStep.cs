using System.Collections.Immutable;

namespace ProvingMarket.Storage.PostgreSql.Schema;

/// <summary>What a version adds to the one before.</summary>
/// <param name="Sql">Its statements for a schema.</param>
internal sealed record SchemaStep(Func<SchemaNames, string> Sql)
{
    /// <summary>Gets the versions there have been, the first one first. A step that has been published never changes; a change is a new step.</summary>
    internal static ImmutableArray<SchemaStep> All { get; } =
    [
        // Keys are bytes: grain keys may hold any character, also NUL, and compare as bytes do. A kind is what many records have in common, so that
        // their keys stay short; records do not refer to it by a foreign key, whose check costs a lock of the kind's row for each record. Room is
        // left on pages so that a record's next version lies beside it and the index stays as it is.
        new(names => $"""
            CREATE TABLE {names.Kind} (
                id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                storage text NOT NULL,
                state text NOT NULL,
                grain_type text NOT NULL,
                UNIQUE (storage, state, grain_type));
            CREATE TABLE {names.Record} (
                kind integer NOT NULL,
                grain_key bytea NOT NULL,
                version bigint NOT NULL,
                data text NOT NULL,
                PRIMARY KEY (kind, grain_key)) WITH (fillfactor = 70);
            CREATE VIEW {names.View} AS
                SELECT storage, state, grain_type,
                    CASE WHEN position('\x00'::bytea IN grain_key) > 0 THEN encode(grain_key, 'escape') ELSE convert_from(grain_key, 'UTF8') END AS grain_key,
                    version, data::json AS data
                FROM {names.Record} JOIN {names.Kind} ON id = kind;
            """),

        // Which cluster the records belong to; null until one has opened the schema.
        new(names => $"ALTER TABLE {names.Version} ADD COLUMN service_id text, ADD COLUMN cluster_id text"),
    ];
}
