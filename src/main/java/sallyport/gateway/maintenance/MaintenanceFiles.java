package sallyport.gateway.maintenance;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.config.route.RouteConfig;

/**
 * Maintenance of the routes of a gateway. A route keeps its file over reloads, and has the same one
 * at all listeners. Any thread.
 */
public final class MaintenanceFiles {
  private record Place(String route, Path file) {}

  private final Map<Place, MaintenanceFile> files = new ConcurrentHashMap<>();

  /**
   * Looks at the files of new routes.
   *
   * @param problems takes a line for each that does not answer
   */
  public void open(List<RouteConfig> routes, List<String> problems) {
    for (RouteConfig route : routes) {
      Place place = place(route);
      if (place != null && !files.containsKey(place)) {
        MaintenanceFile file = new MaintenanceFile(place.route(), place.file());
        file.open(problems);
        files.put(place, file);
      }
    }
  }

  /** Returns the files of these routes, which are open. */
  public List<MaintenanceFile> of(List<RouteConfig> routes) {
    List<MaintenanceFile> ofRoutes = new ArrayList<>();
    for (RouteConfig route : routes) {
      Place place = place(route);
      MaintenanceFile file = place == null ? null : files.get(place);
      if (file != null) {
        ofRoutes.add(file);
      }
    }
    return ofRoutes;
  }

  /** Returns whether each of these routes is in maintenance now, for those that have a file. */
  public Map<String, BooleanSupplier> states(List<RouteConfig> routes) {
    Map<String, BooleanSupplier> states = new HashMap<>();
    of(routes).forEach(file -> states.put(file.name(), file));
    return Map.copyOf(states);
  }

  /** Forgets the files of other routes. */
  public void retain(List<RouteConfig> routes) {
    Set<Place> places = new HashSet<>();
    for (RouteConfig route : routes) {
      Place place = place(route);
      if (place != null) {
        places.add(place);
      }
    }
    files.keySet().retainAll(places);
  }

  private static @Nullable Place place(RouteConfig route) {
    Path file = route.maintenance().file();
    return file == null ? null : new Place(route.name(), file);
  }
}
