global using Host = PatchEdge.Plant.Model.Host;
