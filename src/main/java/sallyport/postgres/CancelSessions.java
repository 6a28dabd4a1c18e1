package sallyport.postgres;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Keys of the sessions of all listeners. They outlast a reload, as the sessions do. Any thread. */
public final class CancelSessions {
  private final Map<String, CancelKeys> byListener = new ConcurrentHashMap<>();

  /** Returns the keys of the sessions through a listener. */
  public CancelKeys of(String listener) {
    return byListener.computeIfAbsent(listener, name -> new CancelKeys());
  }
}
