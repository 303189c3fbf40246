# A pool of OpenStack servers that grows for what waits: allocations that find no room bring as many nodes as they need, for CPU or
# for memory, whichever asks for more, and a pool that nobody needs is given back down to nothing. The target is below 100 so that
# whole allocations fit: set it no higher than what they fill of one node. Jobs say with a constraint on node.class, or with
# node_pool, that they belong here; see "Nodes for what waits" in the readme of nomad-apm.
scaling "waiting-pool" {
  enabled = false # an example: say true once it fits your job
  type    = "cluster"
  min     = 0
  max     = 8

  policy {
    evaluation_interval  = "30s"
    cooldown             = "10m"
    cooldown_on_scale_up = "2m"

    check "cpu" {
      source = "nomad-apm"
      query  = "percentage-wanted_cpu"

      strategy "target-value" {
        target         = 80
        max_scale_up   = 4
        max_scale_down = 1
      }
    }

    check "memory" {
      source = "nomad-apm"
      query  = "percentage-wanted_memory"

      strategy "target-value" {
        target         = 80
        max_scale_up   = 4
        max_scale_down = 1
      }
    }

    target "os-nova" {
      pool_name           = "batch"
      name_prefix         = "batch-"
      image_name          = "nomad-client"
      flavor_name         = "m1.large"
      network_name        = "workers"
      security_groups     = "default"
      node_class          = "batch"
      node_drain_deadline = "15m"
      node_purge          = true
    }
  }
}
