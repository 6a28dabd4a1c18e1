package sallyport.tls.rotation;

import io.netty.handler.ssl.SslContext;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.tls.trust.StrictTrustManager;

/** Opened certificates, keys and trust of one side, with the contexts built of them. Immutable. */
public interface TlsSnapshot {
  /** Lists certificates with their keys, in the order of the configuration. */
  List<KeyMaterial> materials();

  /** Returns what verifies peers; null where they are asked for no certificate. */
  @Nullable StrictTrustManager trust();

  /** Lists the contexts, without duplicates. */
  List<SslContext> contexts();
}
