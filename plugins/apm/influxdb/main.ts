import { serve } from 'nomad-autoscaler/sdk/serve';
import { plugin } from './index.ts';

serve(plugin);
