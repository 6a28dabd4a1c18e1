package sallyport.gateway;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.ListenerConfig;
import sallyport.net.admission.Admission;
import sallyport.net.listener.ListenerGeneration;
import sallyport.tls.server.ServerTls;

/**
 * A listener as one configuration has it.
 *
 * @param tls null where it only redirects
 * @param httpsPort where it redirects to; 0 where it does not
 * @param door what connections come through
 * @param upstreams the backends that its exchanges may go to
 */
record RunningListener(
    ListenerConfig config,
    @Nullable ServerTls tls,
    int httpsPort,
    Admission admission,
    ListenerGeneration door,
    Set<Upstream> upstreams) {}
