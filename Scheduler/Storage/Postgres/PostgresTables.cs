namespace PatchEdge.Scheduler.Storage.Postgres;

/// <summary>What EF does not say of the scheduler's tables in PostgreSQL. All of it may be run again.</summary>
internal static class PostgresTables
{
    /// <summary>Versions, the database's clock in the unit in which times are stored, the lease, and who would take it.</summary>
    /// <remarks>The epoch is a key, so that taking the lease waits for whoever relies on it and renewing does not.</remarks>
    public const string Common = """
        CREATE TABLE IF NOT EXISTS schema_version ("Name" text PRIMARY KEY, "Version" integer NOT NULL);
        CREATE OR REPLACE FUNCTION patchedge_now() RETURNS bigint LANGUAGE sql VOLATILE AS 'SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)';
        CREATE TABLE IF NOT EXISTS lease (
            "Id" integer PRIMARY KEY CHECK ("Id" = 1),
            "Epoch" bigint NOT NULL UNIQUE,
            "Holder" text NOT NULL,
            "Name" text NOT NULL,
            "Address" text NOT NULL,
            "Key" text NOT NULL,
            "TakenAt" bigint NOT NULL,
            "RenewedAt" bigint NOT NULL,
            "ExpiresAt" bigint NOT NULL
        );
        INSERT INTO lease VALUES (1, 0, '', '', '', '', 0, 0, 0) ON CONFLICT DO NOTHING;
        CREATE OR REPLACE FUNCTION patchedge_lease_grows() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            IF TG_OP <> 'UPDATE' OR NEW."Epoch" < OLD."Epoch" THEN
                RAISE EXCEPTION 'the lease stays, and its epoch only grows';
            END IF;
            RETURN NEW;
        END $body$;
        CREATE OR REPLACE TRIGGER lease_grows BEFORE UPDATE OR DELETE ON lease FOR EACH ROW EXECUTE FUNCTION patchedge_lease_grows();
        CREATE TABLE IF NOT EXISTS relayed (
            "Id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            "From" text NOT NULL,
            "Order" text NOT NULL
        );
        CREATE TABLE IF NOT EXISTS candidate (
            "Name" text PRIMARY KEY,
            "Holder" text NOT NULL,
            "Schema" integer NOT NULL,
            "SeenAt" bigint NOT NULL,
            "HearsSince" bigint NULL,
            "SteppedDownAt" bigint NULL
        );
        ALTER TABLE candidate ADD COLUMN IF NOT EXISTS "Configuration" text NOT NULL DEFAULT '';

        """;

    /// <summary>The ledger can only grow, its entries are found by their subject, and nothing is written but in the term of who writes it.</summary>
    public const string Scheduler = """
        CREATE OR REPLACE FUNCTION patchedge_append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            RAISE EXCEPTION 'the ledger is append-only';
        END $body$;
        CREATE OR REPLACE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger FOR EACH STATEMENT EXECUTE FUNCTION patchedge_append_only();
        CREATE OR REPLACE TRIGGER ledger_node_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_node FOR EACH STATEMENT EXECUTE FUNCTION patchedge_append_only();
        CREATE INDEX IF NOT EXISTS ledger_subject ON ledger ((CAST("Json" AS json) ->> 'subject'), "Index");
        CREATE OR REPLACE FUNCTION patchedge_in_term() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            IF current_setting('patchedge.epoch', true) IS DISTINCT FROM (SELECT CAST("Epoch" AS text) FROM lease WHERE "Id" = 1) THEN
                RAISE EXCEPTION 'only the scheduler that has the lease writes here, and only in its term';
            END IF;
            RETURN NULL;
        END $body$;

        """;

    /// <summary>On one of the scheduler's tables.</summary>
    public static string InTerm(string table) =>
        $"CREATE OR REPLACE TRIGGER {table}_in_term AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION patchedge_in_term();\n";
}
