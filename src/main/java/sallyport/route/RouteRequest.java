package sallyport.route;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parts of a request that routes may match beside its host and its path. */
public interface RouteRequest {
  /** Request of which nothing is known: routes with conditions do not take it. */
  RouteRequest UNKNOWN =
      new RouteRequest() {
        @Override
        public String method() {
          return "";
        }

        @Override
        public List<String> header(String name) {
          return List.of();
        }

        @Override
        public @Nullable String query() {
          return null;
        }
      };

  /** Returns the method. */
  String method();

  /** Returns the values of a field, in the order of its lines. */
  List<String> header(String name);

  /** Returns the query as received; null without one. */
  @Nullable String query();
}
