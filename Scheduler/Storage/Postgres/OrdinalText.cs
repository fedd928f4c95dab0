using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace PatchEdge.Scheduler.Storage.Postgres;

/// <summary>Has PostgreSQL compare and sort text by its bytes, as SQLite does, whatever language the database was made for.</summary>
internal static class OrdinalText
{
    public static void Use(ModelBuilder model, DatabaseFacade database)
    {
        if (!database.IsNpgsql())
            return;
        foreach (var property in model.Model.GetEntityTypes().SelectMany(type => type.GetProperties()))
            if ((property.GetProviderClrType() ?? property.GetValueConverter()?.ProviderClrType ?? property.ClrType) == typeof(string))
                property.SetCollation("C");
    }
}
