package sallyport.proxy.head;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import sallyport.config.route.FieldRulesConfig;

/** Changes of header fields that a route makes. */
final class FieldRules {
  private FieldRules() {}

  /** Changes the fields in place. */
  static void apply(FieldRulesConfig rules, HttpHeaders headers) {
    if (rules.isEmpty()) {
      return;
    }
    List<String> remove = rules.remove();
    for (int i = 0; i < remove.size(); i++) {
      headers.remove(remove.get(i));
    }
    rules.set().forEach(headers::set);
    rules.add().forEach(headers::add);
  }
}
