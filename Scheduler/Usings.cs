// The web SDK imports namespaces whose names collide with the plant's vocabulary; the plant's win.
global using ConfigurationSection = PatchEdge.Plant.Files.ConfigurationSection;
global using Host = PatchEdge.Plant.Model.Host;
