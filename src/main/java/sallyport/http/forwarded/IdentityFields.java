package sallyport.http.forwarded;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import sallyport.http.FieldNameSet;

/**
 * Fields by which a client could impersonate another client; they are removed from requests.
 * Immutable.
 *
 * @param ofStrangers names that are dropped from requests of clients in general
 * @param ofProxies names that are dropped from requests of trusted proxies
 */
public record IdentityFields(FieldNameSet ofStrangers, FieldNameSet ofProxies) {
  /**
   * Removes what may not pass from a header or trailer section.
   *
   * @param trusted whether a trusted proxy sent it
   */
  public void strip(HttpHeaders headers, boolean trusted) {
    FieldNameSet dropped = trusted ? ofProxies : ofStrangers;
    List<CharSequence> found = null;
    Iterator<Map.Entry<CharSequence, CharSequence>> fields = headers.iteratorCharSequence();
    while (fields.hasNext()) {
      CharSequence name = fields.next().getKey();
      if (dropped.contains(name)) {
        found = found == null ? new ArrayList<>(2) : found;
        found.add(name);
      }
    }
    if (found != null) {
      found.forEach(headers::remove);
    }
  }
}
