package sallyport.tls.upstream;

import io.netty.handler.ssl.SslContext;
import java.util.List;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.tls.engine.KeyUse;
import sallyport.tls.rotation.TlsSnapshot;
import sallyport.tls.trust.StrictTrustManager;

/**
 * Certificate, key and trust for a backend, and the contexts built of them. Immutable.
 *
 * @param context offers what the backend is to speak
 * @param http1Context offers HTTP/1.1 only; the same as the other where that does so too
 */
record UpstreamSnapshot(
    KeyMaterial material,
    KeyUse use,
    StrictTrustManager trust,
    SslContext context,
    SslContext http1Context)
    implements TlsSnapshot {

  @Override
  public List<KeyMaterial> materials() {
    return List.of(material);
  }

  @Override
  public List<SslContext> contexts() {
    return context.equals(http1Context) ? List.of(context) : List.of(context, http1Context);
  }

  SslContext context(boolean http1) {
    return http1 ? http1Context : context;
  }
}
